"""Input decks: which files belong to one, what its steps are, and how far a run of it is."""
