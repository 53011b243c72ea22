"""Participants: the people who registered for an event."""

PUBLIC = ("lists", "redaction")
