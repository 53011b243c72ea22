"""Webhooks: signed HTTP messages about domain events."""

PUBLIC = ("network",)
