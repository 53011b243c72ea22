"""Shared widgets, styles and text fitting for all screens."""
