"""Waitlist."""

PUBLIC = ("door",)
