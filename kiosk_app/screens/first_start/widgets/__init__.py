"""Widgets of the first start."""
