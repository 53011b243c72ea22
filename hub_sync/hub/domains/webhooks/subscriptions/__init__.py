"""Webhook subscriptions: secrets, circuit breaker, statistics."""
