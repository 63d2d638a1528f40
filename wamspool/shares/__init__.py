"""Implementations of the share interface; the only place that touches the spool's files."""
