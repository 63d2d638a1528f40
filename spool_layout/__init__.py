"""What is on disk in a spool: folders, names, states, tickets and records. Pure, no I/O."""
