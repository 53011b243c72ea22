"""Seals of journals: what stations signed, the exact rows that it is about, and the evidence of both."""
