"""Delivery: the outbox of messages, from what a domain enqueues to what a server answered."""
