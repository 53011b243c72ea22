"""Participants: the people who registered for an event."""

PUBLIC = ("hints", "lists", "redaction")
