"""Devices; knows nothing of tickets, Qt or the hub."""
