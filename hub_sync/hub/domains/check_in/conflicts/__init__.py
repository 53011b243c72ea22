"""Conflicts: what happened at the gates that somebody should look into."""
