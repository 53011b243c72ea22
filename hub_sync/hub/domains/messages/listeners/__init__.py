"""Listeners: automatic messages answer domain events of other domains."""

from hub_sync.hub.domains.messages.automatic.reactions import LISTENERS

__all__ = ["LISTENERS"]
