"""A browser of an administrator."""

import pytest
from fastapi import FastAPI

from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.check_in.conftest import make_caller
from tests.hub_sync.hub.station_client import journal, station

__all__ = ["journal", "make_caller", "station"]


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")
