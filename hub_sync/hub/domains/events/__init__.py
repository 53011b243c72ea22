"""Gatherings that people come to."""

PUBLIC = ("errors", "event_switcher")
"""Modules that other domains may import beside `service` and `manifest`: errors, and functions that return values."""
