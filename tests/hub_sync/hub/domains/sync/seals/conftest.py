"""Callers of the REST API beside the stations."""

from tests.hub_sync.hub.domains.devices.conftest import make_caller

__all__ = ["make_caller"]
