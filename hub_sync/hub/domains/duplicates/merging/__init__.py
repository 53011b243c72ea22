"""Merges of two registrations, and their undoing."""
