"""Clients of the REST API with an API key."""

from tests.hub_sync.hub.domains.devices.conftest import make_caller

__all__ = ["make_caller"]
