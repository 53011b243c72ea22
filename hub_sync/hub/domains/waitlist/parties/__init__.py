"""Parties: several seats for one person who waits, and a participant for each of them once they are accepted."""
