"""Cloning of an event: a plan to read, one transaction that carries it out, and the way back."""
