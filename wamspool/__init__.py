"""What may happen on a spool: the share interface, and every change of a job's state."""
