"""The demo: a spool, two nodes and the example decks, all on this machine."""
