"""Checkpoints, the access log, occupancy."""

PUBLIC = ("errors", "examples", "lists", "sync_rows")
"""Modules that other domains may import beside `service` and `manifest`: errors, lists, and rows for the wire."""
