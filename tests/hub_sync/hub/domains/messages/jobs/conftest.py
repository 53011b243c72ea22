"""Fixtures of bounces: those of the engine."""

from tests.hub_sync.hub.domains.messages.sending.conftest import outbox, sink

__all__ = ["outbox", "sink"]
