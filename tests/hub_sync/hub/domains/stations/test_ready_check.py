from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.ready_check import ReadyPart
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.stations import ready_check
from hub_sync.hub.domains.stations.ready_check import ready_summary, ready_view
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.kiosk_app.screens.setup.presenter.test_ready import causes

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


def report(*points: tuple[str, str, str], at: datetime = NOW, operator: str = "Grace") -> dict[str, Any]:
    rows = [{"part": part, "state": state, "cause": cause} for part, state, cause in points]
    return {"ready": {"at_ms": epoch_ms(at), "operator": operator, "points": rows}}


FINE = report(("hub", "ready", "ok"), ("printer", "not_applicable", "none"))
BAD = report(
    ("hub", "warn", "offline"), ("roster", "not_ready", "missing"), ("relay", "not_ready", "not_turned")
)


@pytest.mark.parametrize(
    ("values", "status", "has_alarms", "word", "is_ready"),
    [
        ({}, DeviceStatus.ACTIVE, False, "Not checked", False),
        ({"ready": None}, DeviceStatus.ACTIVE, False, "Not checked", False),
        ({"ready": {"at_ms": "x"}}, DeviceStatus.ACTIVE, False, "Not checked", False),
        (FINE, DeviceStatus.ACTIVE, False, "Ready", True),
        (FINE, DeviceStatus.ACTIVE, True, "Alarm since the check", False),
        (FINE, DeviceStatus.LOCKED, False, "Locked", False),
        (BAD, DeviceStatus.ACTIVE, False, "2 things to do", False),
        (report(at=NOW - timedelta(hours=21)), DeviceStatus.ACTIVE, False, "Not checked today", False),
    ],
)
def test_a_station_is_ready_after_a_check_of_today_and_without_an_alarm_since(
    values: dict[str, Any], status: DeviceStatus, has_alarms: bool, word: str, is_ready: bool
) -> None:
    view = ready_view(values, status, NOW, has_alarms=has_alarms)
    assert (view.word, view.is_ready) == (word, is_ready)


def test_what_is_missing_is_told_the_worst_first_and_a_newer_stations_words_as_they_are() -> None:
    view = ready_view(BAD, DeviceStatus.ACTIVE, NOW, has_alarms=False)
    assert [(line.label, line.tone) for line in view.lines] == [
        ("List of participants", "bad"),
        ("Turnstile", "bad"),
        ("Hub", "warn"),
    ]
    assert view.lines[0].text.startswith("Not ready: no list.")
    newer = report(("radar", "warn", "blind"), ("hub", "half", "odd"))
    lines = ready_view(newer, DeviceStatus.ACTIVE, NOW, has_alarms=False).lines
    assert [(line.label, line.text) for line in lines] == [("radar", "blind")]


def test_the_age_of_the_turnstiles_test_is_told() -> None:
    tested = report(("relay", "ready", "ok"))
    tested["ready"]["points"][0]["at_ms"] = epoch_ms(NOW - timedelta(hours=3))
    view = ready_view(tested, DeviceStatus.ACTIVE, NOW, has_alarms=False)
    assert view.turnstile_tested_at == NOW - timedelta(hours=3)
    assert ready_view(FINE, DeviceStatus.ACTIVE, NOW, has_alarms=False).turnstile_tested_at is None


def test_every_cause_of_a_station_has_words_here_too() -> None:
    without_words = {
        (part, cause)
        for part, cause in causes()
        if cause not in ("ok", "none", "off") and (part, cause) not in ready_check._CAUSES
    }
    assert without_words == set()
    assert set(ready_check._PARTS) == set(ReadyPart)


def test_gates_in_use_are_counted() -> None:
    ready = ready_view(FINE, DeviceStatus.ACTIVE, NOW, has_alarms=False)
    locked = ready_view(FINE, DeviceStatus.LOCKED, NOW, has_alarms=False)
    pending = ready_view({}, DeviceStatus.PENDING, NOW, has_alarms=False)
    assert ready_summary([ready, locked, pending]) == ("1 of 2 stations ready", "warn")
    assert ready_summary([ready]) == ("1 of 1 station ready", "good")
    assert ready_summary([pending]) == ("", "")


def test_the_list_the_station_and_the_event_say_which_gates_are_ready(
    app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    stored = report(("relay", "not_ready", "not_turned"), at=NOON, operator="<b>Mara</b>")
    values = {"unsent": 0, "alarms": [], **stored}
    with hub.uow.begin() as work:
        work.session.execute(
            update(KioskDevice)
            .where(KioskDevice.id == seeded.device_id)
            .values(status=DeviceStatus.ACTIVE, report=values, reported_at=NOON, last_seen_at=NOON)
        )
    admin = signed_in_as(app, seeded.tenant_id, name="Ada")
    stations = f"/events/{seeded.event_id}/stations"
    html = admin.read(stations)
    assert "1 thing to do" in html
    assert "0 of 1 station ready" in html
    page = admin.read(f"{stations}/{seeded.device_id}")
    assert "It did not turn at the test." in page
    assert "&lt;b&gt;Mara" in page
    assert "<b>Mara" not in page
    assert "0 of 1 station ready" in admin.read(f"/events/{seeded.event_id}")
