"""Tenants, and the keys that their tickets are sealed with."""
