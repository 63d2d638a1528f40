"""What this share does, measured: each promise on which WAM rests, and what it can tell."""
