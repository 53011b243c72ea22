"""Tenants, and the keys of their tickets."""
