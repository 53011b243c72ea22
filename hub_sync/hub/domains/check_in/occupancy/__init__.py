"""Occupancy, presence and statistics, folded from the access log."""
