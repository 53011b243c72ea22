"""Logs that stations have uploaded."""
