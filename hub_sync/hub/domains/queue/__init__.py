"""Queues: numbers for people who wait to be served, counters that call them, and what was done to each ticket."""
