"""Calls of stations: who calls, what they may do, and what they report."""
