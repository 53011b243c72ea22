"""Delivery: from domain events in the outbox to attempts at endpoints."""
