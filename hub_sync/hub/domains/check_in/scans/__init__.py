"""Scans that the hub decides."""
