"""Suppression: addresses that get no messages of a purpose any more, and how people opt out."""
