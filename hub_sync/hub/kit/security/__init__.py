"""Callers, permissions, encryption, rate limits."""
