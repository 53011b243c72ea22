"""Queues and counters: create, change, delete."""
