"""Participants as something that can be imported."""
