"""Checkpoints, the access log, occupancy."""
