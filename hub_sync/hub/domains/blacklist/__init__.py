"""People to look twice at, and people who are not let in."""
