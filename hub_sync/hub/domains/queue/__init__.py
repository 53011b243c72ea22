"""Numbers for people who wait to be served."""
