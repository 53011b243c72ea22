"""Tickets: how they are sealed and signed, with which keys, and what they hold."""
