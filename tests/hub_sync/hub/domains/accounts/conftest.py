"""People to sign in with, and time that stands still for whoever counts tries."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from fastapi import FastAPI

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials.sessions import (
    Browser,
    SessionLifetimes,
    create_session,
    lifetimes,
)
from hub_sync.hub.domains.accounts.sign_in.service import SignIn
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser as PageBrowser

PASSWORD = "correct horse battery"
HERE = Browser("203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36")


@pytest.fixture
def time_passes() -> Iterator[time_machine.Traveller]:
    """The time that tries are counted by."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@dataclass(frozen=True)
class People:
    """Ids of one person of each role; all have the same password."""

    tenant_id: str
    admin: str
    operator: str
    viewer: str


@pytest.fixture
def people(hub: HubContext, seeded: Seeded) -> People:
    """ada administers, oscar operates, vera views."""
    with hub.uow.begin() as work:
        ids = [
            accounts.create_user(
                work, seeded.tenant_id, f"{name}@example.org", PASSWORD, name=name.title(), role=role
            ).id
            for name, role in (("ada", Role.ADMIN), ("oscar", Role.OPERATOR), ("vera", Role.VIEWER))
        ]
    return People(seeded.tenant_id, *ids)


@pytest.fixture
def sign_in(hub: HubContext) -> SignIn:
    """The way in."""
    return SignIn(hub)


def session_of(hub: HubContext, people: People, user_id: str, lasts: SessionLifetimes | None = None) -> str:
    """The token of a fresh session of somebody."""
    with hub.uow.begin() as work:
        user = accounts.get(work, people.tenant_id, user_id)
        return create_session(work, user, lasts or lifetimes(hub.settings), HERE)


@pytest.fixture
def browser(app: FastAPI, people: People) -> PageBrowser:
    """A stranger's."""
    return PageBrowser(app)


@pytest.fixture
def ada(app: FastAPI, hub: HubContext, people: People) -> PageBrowser:
    """The administrator's."""
    return signed_in(app, hub, people, people.admin)


def signed_in(app: FastAPI, hub: HubContext, people: People, user_id: str) -> PageBrowser:
    browser = PageBrowser(app)
    browser.client.cookies.set(SESSION_COOKIE, session_of(hub, people, user_id))
    return browser
