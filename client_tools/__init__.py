"""The program ``wam``: commands for people, and how their answers look."""
