"""The waitlist at a gate."""
