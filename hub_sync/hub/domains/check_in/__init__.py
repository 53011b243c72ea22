"""Checkpoints, the access log, occupancy."""

PUBLIC = ("errors", "examples", "sync_rows")
"""Modules that other domains may import beside `service` and `manifest`: errors, and rows for the wire."""
