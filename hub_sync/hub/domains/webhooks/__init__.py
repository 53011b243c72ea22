"""Webhooks: signed HTTP messages about domain events."""
