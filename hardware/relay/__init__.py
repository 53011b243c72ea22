"""Relay boards."""
