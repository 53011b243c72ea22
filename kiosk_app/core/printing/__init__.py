"""Slips and badges: their contents, and the queue of the station's printer."""
