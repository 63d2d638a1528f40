"""Whether a run did what was asked, by what it left behind; and how far a running one is."""
