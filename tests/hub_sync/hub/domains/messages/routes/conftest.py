"""Fixtures of the routes of messages: those of the engine, and callers."""

import pytest

from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.messages.sending.conftest import outbox, sink
from tests.support.rest_client import CallerMaker, Rest, caller, rest

__all__ = ["caller", "outbox", "rest", "sink"]


@pytest.fixture
def stranger(hub: HubContext, caller: CallerMaker) -> Rest:
    """Return a caller with all permissions in another tenant that writes messages, too."""
    with hub.uow.begin() as work:
        other = tenants.create(work, hub.secret_box, slug="other", name="Other")
        feature_flags.switch(work, other.id, FF_COMMUNICATION_HUB, enabled=True)
    return caller("*", tenant_id=other.id)
