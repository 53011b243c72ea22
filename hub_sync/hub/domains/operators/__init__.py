"""Operators of stations: who may sign on at the gates of an event, and as what."""
