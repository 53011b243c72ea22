"""People who registered for an event."""

PUBLIC = ("persons",)
"""Modules that other domains may import beside `service` and `manifest`: errors, labels, and functions that return values."""
