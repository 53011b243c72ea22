"""The inbox of conflicts in a browser without scripts."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.conflicts import ConflictState
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair, fair
from tests.hub_sync.hub.domains.check_in.conflicts.test_recording import send
from tests.hub_sync.hub.station_client import Journal, StationClient

__all__ = ["fair"]


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/conflicts"


@pytest.fixture
def ids(hub: HubContext, station: StationClient, journal: Journal, ada: str) -> list[str]:
    """Let three people in by override and against the rules; return the conflicts' ids."""
    override = {"reason": "Guest of honour", "operator": "Grace"}
    cancelled = ReasonCode.PARTICIPANT_CANCELLED
    journal.scan(participant_id="ada", result="MANUAL_OVERRIDE", reason=cancelled, override=override)
    for person in ("ben", "cleo"):
        unknown = ReasonCode.UNKNOWN_PARTICIPANT
        journal.scan(participant_id=person, result=ScanResult.INVALID, reason=unknown)
    send(station, journal)
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AccessConflict.id).order_by(AccessConflict.at_ms)))


def states(hub: HubContext) -> list[tuple[ConflictState, str]]:
    with hub.uow.read() as work:
        rows = work.session.scalars(select(AccessConflict).order_by(AccessConflict.at_ms))
        return [(row.state, row.note) for row in rows]


def test_the_inbox_shows_gate_time_operator_and_verdict_and_its_number_stands_in_the_navigation(
    app: FastAPI, seeded: Seeded, ids: list[str], path: str
) -> None:
    html = signed_in_as(app, seeded.tenant_id).read(path)
    for text in ("Override", "Ada Lovelace", "Grace", "Guest of honour", "Main gate", "Gate 1", "cancelled"):
        assert text in html, text
    assert "Not registered" in html
    assert f'href="/events/{seeded.event_id}/access-log/' in html
    count = '<span class="nav-count" id="count-open_conflicts">3</span>'
    assert count in html
    counters = f"{path.rpartition('/')[0]}/counters"
    fresh = signed_in_as(app, seeded.tenant_id, name="Ray").get(counters, headers={"X-Fragment": "counters"})
    assert count in fresh.text
    gone = signed_in_as(app, seeded.tenant_id, name="Mo").get(
        "/events/no-such-event/counters", headers={"X-Fragment": "counters"}
    )
    assert (gone.status_code, gone.text) == (204, ""), "an open page of an event that was deleted meanwhile"
    overrides = signed_in_as(app, seeded.tenant_id, name="Eve").read(f"{path}?filter[kind]=override")
    assert "Ada Lovelace" in overrides
    assert "Not registered" not in overrides


def test_who_may_not_read_names_sees_none(app: FastAPI, seeded: Seeded, ids: list[str], path: str) -> None:
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR)
    for page in (path, f"{path}/{ids[0]}"):
        html = operator.read(page)
        assert "Lovelace" not in html
        assert "Guest of honour" not in html
        assert "Grace" in html


def test_a_scan_of_the_scanner_page_is_named_after_its_user_in_the_inbox_and_on_the_overview(
    app: FastAPI, fair: Fair, path: str
) -> None:
    fair.register("Ada")
    fair.scan("Ada", NOON - timedelta(minutes=3))
    grace = signed_in_as(app, fair.seeded.tenant_id, name="Grace")
    event_path = path.removesuffix("/conflicts")
    user_id = re.search(r'data-user="([^"]+)"', grace.read(f"{event_path}/scanner"))
    assert user_id
    fair.scan("Ada", NOON - timedelta(minutes=2), device_id=user_id[1], journal_id="user:5f1c")
    inbox, overview = grace.read(path), grace.read(event_path)
    for html in (inbox.split("<main", 1)[1], overview.split("<main", 1)[1]):
        assert "Grace" in html
        assert user_id[1] not in html
        assert "unknown station" not in html


def test_one_is_resolved_with_a_note_and_opened_again(
    app: FastAPI, hub: HubContext, seeded: Seeded, ids: list[str], path: str
) -> None:
    admin, mine = signed_in_as(app, seeded.tenant_id, name="Ann"), f"{path}/{ids[0]}"
    answer = admin.send(mine, mine, {"note": "  The mayor.  "})
    assert answer.headers["location"] == path
    assert states(hub)[0] == (ConflictState.RESOLVED, "The mayor.")
    html = admin.read(mine)
    assert "The mayor." in html
    assert "Ann" in html
    answer = admin.send(mine, f"{mine}/reopen")
    assert answer.headers["location"] == mine
    assert states(hub)[0] == (ConflictState.OPEN, "The mayor.")
    with hub.uow.read() as work:
        query = select(AuditLog.action).where(AuditLog.entity == "access_conflict").order_by(AuditLog.id)
        assert list(work.session.scalars(query)) == ["resolve", "reopen"]


def test_the_note_of_who_comes_second_is_not_lost(
    app: FastAPI, hub: HubContext, seeded: Seeded, ids: list[str], path: str
) -> None:
    first, second = (signed_in_as(app, seeded.tenant_id, name=name) for name in ("Ann", "Bob"))
    mine = f"{path}/{ids[0]}"
    typed = second.fill_in(mine, mine, {"note": "Bob’s finding"})
    first.send(mine, mine, {"note": "Ann’s finding"})
    answer = second.post(mine, typed)
    assert answer.status_code == 409
    for text in ("resolved already", "Ann’s finding", "Bob’s finding"):
        assert text in answer.text, text
    assert states(hub)[0] == (ConflictState.RESOLVED, "Ann’s finding")


def test_who_may_not_read_a_note_keeps_it_when_resolving_again(
    app: FastAPI, hub: HubContext, seeded: Seeded, ids: list[str], path: str
) -> None:
    admin, mine = signed_in_as(app, seeded.tenant_id, name="Ann"), f"{path}/{ids[0]}"
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR, name="Bob")
    for url in (mine, path):
        admin.send(mine, mine, {"note": "The mayor."})
        admin.send(mine, f"{mine}/reopen")
        assert "The mayor." not in operator.read(url)
        operator.post(url, {"ids": ids[:1], "note": ""})
        assert states(hub)[0] == (ConflictState.RESOLVED, "The mayor.")
        admin.send(mine, f"{mine}/reopen")
    operator.send(mine, mine, {"note": "Her driver."})
    assert states(hub)[0] == (ConflictState.RESOLVED, "Her driver.")
    admin.send(mine, f"{mine}/reopen")
    admin.send(mine, mine, {"note": ""})
    assert states(hub)[0] == (ConflictState.RESOLVED, ""), "who reads it may take it away"


def test_the_selected_are_resolved_with_one_note(
    app: FastAPI, hub: HubContext, seeded: Seeded, ids: list[str], path: str
) -> None:
    admin = signed_in_as(app, seeded.tenant_id)
    answer = admin.post(path, {"ids": ids[1:], "note": "Registered at the desk."})
    assert answer.headers["location"] == path
    resolved = (ConflictState.RESOLVED, "Registered at the desk.")
    assert states(hub) == [(ConflictState.OPEN, ""), resolved, resolved]
    assert "2 conflicts are resolved." in admin.read(path)
    html = admin.read(f"{path}?view=resolved")
    assert html.count("Registered at the desk.") == 2


@pytest.mark.parametrize("ticked", [[], ["no id/"]])
def test_a_selection_of_nothing_is_told_and_the_note_kept(
    app: FastAPI, seeded: Seeded, ids: list[str], path: str, ticked: list[str]
) -> None:
    admin: Browser = signed_in_as(app, seeded.tenant_id)
    answer = admin.post(path, {"ids": ticked, "note": "Kept."})
    assert answer.status_code == 422
    assert re.search('<input id="note"[^>]*value="Kept."', answer.text)


def test_who_may_only_read_is_offered_nothing_to_resolve(
    app: FastAPI, seeded: Seeded, ids: list[str], path: str
) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    assert 'name="ids"' not in viewer.read(path)
    assert 'name="note"' not in viewer.read(f"{path}/{ids[0]}")
    assert viewer.post(f"{path}/{ids[0]}", {"note": "x"}).status_code == 403
