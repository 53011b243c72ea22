"""Imports that are being prepared: the file, its rows and what somebody decided about them."""
