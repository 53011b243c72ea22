"""Gatherings that people come to."""

PUBLIC = ("event_switcher", "lists", "schemas")
"""Modules that other domains may import beside `service` and `manifest`: errors, and functions that return values."""
