"""Sending: the engine that claims deliveries, sends them through accounts and records what became of them."""
