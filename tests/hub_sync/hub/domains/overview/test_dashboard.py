"""The overview: what it counts, whom it shows it to, and when it says to look again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import Direction, EventStatus, ParticipantStatus, ReasonCode, ScanResult
from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import DailyStatisticsCache
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview import live_updates
from hub_sync.hub.domains.overview.dashboard import Dashboard, build_dashboard, status_line
from hub_sync.hub.domains.overview.manifest import WATCHES
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.sse import EventStreamCall
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import read_credentials
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON
from tests.hub_sync.hub.console.browser_client import Browser, heading_of, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair

MINUTE = timedelta(minutes=1)
REFUSED: dict[str, Any] = {"result": ScanResult.ALREADY_SCANNED, "reason": ReasonCode.ALREADY_INSIDE}


def board_of(fair: Fair, cache: DailyStatisticsCache | None = None) -> Dashboard:
    with fair.hub.uow.read() as work:
        return build_dashboard(
            work, cache or DailyStatisticsCache(), fair.seeded.tenant_id, fair.seeded.event_id
        )


def figures_of(board: Dashboard) -> dict[str, tuple[str, str]]:
    return {figure.label: (figure.value, figure.note) for figure in board.figures}


def test_it_counts_people_refusals_and_what_there_is_to_look_at(fair: Fair) -> None:
    for name in ("Ada", "Grace", "Alan"):
        fair.register(name)
    fair.register("Eve", ParticipantStatus.PENDING)
    fair.scan("Ada", NOON - 40 * MINUTE)
    fair.scan("Grace", NOON - 3 * MINUTE)
    fair.scan("Grace", NOON - 2 * MINUTE, direction=Direction.EXIT, reason=ReasonCode.EXITED)
    fair.scan("Grace", NOON - MINUTE)
    fair.scan("Ada", NOON - MINUTE, **REFUSED)
    board = board_of(fair)
    assert figures_of(board) == {
        "Inside now": ("2", "2 entries in the last minutes"),
        "Admitted today": ("2", "of 3 expected"),
        "Refused today": ("1", "1 already in"),
        "Alerts": ("0", "no alerts"),
    }
    assert (board.chart.entries, board.chart.exits) == (3, 1)
    assert [(zone.name, zone.current) for zone in board.zones] == [("hall-a", 2)]
    assert board.lead == "Day 1 of 2 · Europe/Berlin"


@pytest.mark.parametrize(
    ("hours", "doors"),
    [
        ([("09:00", "18:00"), ("08:30", "17:00")], "doors open 08:30 to 18:00 · "),
        ([("09:00", "18:00"), ("22:00", "02:00")], "doors open 09:00 to 02:00 · "),
        ([("22:00", "02:00"), (None, None)], ""),
        ([], ""),
    ],
)
def test_the_line_below_the_title_names_hours_only_if_every_door_has_some(
    fair: Fair, hours: list[tuple[str | None, str | None]], doors: str
) -> None:
    event = board_of(fair).event
    assert status_line(event, NOON, hours) == f"Day 1 of 2 · {doors}Europe/Berlin"


def test_the_chart_counts_who_came_and_went_and_not_who_walks_between_zones(fair: Fair) -> None:
    for name in ("Ada", "Grace"):
        fair.register(name)
    leaves: dict[str, Any] = {"direction": Direction.EXIT, "reason": ReasonCode.EXITED}
    fair.scan("Ada", NOON - 9 * MINUTE, zone="")
    fair.scan("Ada", NOON - 8 * MINUTE, zone="hall-a")
    fair.scan("Ada", NOON - 7 * MINUTE, zone="hall-a", **leaves)
    fair.scan("Ada", NOON - 6 * MINUTE, zone="vip")
    fair.scan("Ada", NOON - 5 * MINUTE, zone="", **leaves)
    fair.scan("Grace", NOON - 4 * MINUTE, zone="hall-a")
    fair.scan("Grace", NOON - 3 * MINUTE, zone="vip")
    fair.scan("Grace", NOON - 2 * MINUTE, zone="hall-a", **leaves)
    chart = board_of(fair).chart
    assert (chart.entries, chart.exits) == (2, 1)


def test_a_station_whose_operator_chose_its_checkpoint_shows_it(fair: Fair) -> None:
    with fair.hub.uow.begin() as work:
        device = devices.get(work, fair.seeded.tenant_id, fair.seeded.device_id)
        device.checkpoint_id = None
    assert [station.place for station in board_of(fair).stations] == [""]
    with fair.hub.uow.begin() as work:
        device = devices.get(work, fair.seeded.tenant_id, fair.seeded.device_id)
        report = StationReport(unsent=0, journal_sequence=1, uptime_s=1, checkpoint_id=fair.seeded.gate_id)
        device.report = report.model_dump(mode="json")
    assert [station.place for station in board_of(fair).stations] == ["Main gate"]


@pytest.mark.parametrize(
    ("status", "lead"), [(EventStatus.CANCELLED, "Called off"), (EventStatus.DRAFT, "Draft")]
)
def test_an_event_that_does_not_take_place_is_not_on(fair: Fair, status: EventStatus, lead: str) -> None:
    assert board_of(fair).is_on
    with fair.hub.uow.begin() as work:
        changes = events.EventChanges(status=status)
        events.update(work, fair.seeded.tenant_id, fair.seeded.event_id, changes)
    board = board_of(fair)
    assert (board.is_on, board.lead) == (False, f"{lead} · Europe/Berlin")


def test_a_day_begins_at_midnight_where_the_event_is(fair: Fair, clock: ManualClock) -> None:
    fair.register("Ada")
    fair.register("Grace")
    midnight = datetime(2026, 6, 9, 22, tzinfo=UTC)  # of the 10th in Berlin
    fair.scan("Ada", midnight - MINUTE)
    fair.scan("Grace", midnight)
    assert figures_of(board_of(fair))["Admitted today"][0] == "1"
    cache = DailyStatisticsCache()
    board_of(fair, cache)
    clock.at = midnight + 10 * MINUTE
    assert (board_of(fair, cache).chart.entries) == 2, "the flow looks back over midnight"
    clock.at = midnight + timedelta(days=1)
    assert figures_of(board_of(fair, cache))["Admitted today"][0] == "0"


def test_a_tally_reads_only_what_is_new_and_agrees_with_a_fresh_one(fair: Fair) -> None:
    cache = DailyStatisticsCache()
    for number, name in enumerate(("Ada", "Grace", "Alan")):
        fair.register(name)
        fair.scan(name, NOON - number * MINUTE)
        fair.scan(name, NOON - 5 * MINUTE, **REFUSED)  # late: its time is before what was counted already
        cached, fresh = board_of(fair, cache), board_of(fair)
        assert figures_of(cached) == figures_of(fresh)
        assert cached.chart.columns == fresh.chart.columns
    since, now = epoch_ms(NOON - timedelta(hours=12)), epoch_ms(NOON)
    key = FeedKey(fair.seeded.tenant_id, fair.seeded.event_id)
    with fair.hub.uow.read() as work:
        first = cache.get(work, key, since, now)
        assert cache.get(work, key, since, now) == first


def test_stations_say_how_they_are(fair: Fair) -> None:
    fair.register("Ada")
    fair.scan("Ada", NOON - MINUTE)
    report = {"unsent": 0, "roster_age_s": 9, "alarms": []}
    fair.station(last_seen_at=NOON, reported_at=NOON, report=report)
    behind = {"unsent": 212, "roster_age_s": 360, "quarantined": 2, "alarms": []}
    six = NOON - 6 * MINUTE
    fair.station("Gate 3", last_seen_at=six, reported_at=six, report=behind)
    alarm = {"code": "RELAY_LOST", "sentence": "Open the barrier by hand."}
    fair.station("Gate 4", last_seen_at=NOON, reported_at=NOON, report=report | {"alarms": [alarm]})
    fair.station("Gate 5", last_seen_at=NOON, clone_suspected=True)
    board = board_of(fair)
    rows = {station.name: (station.state, station.unsent, station.roster_age) for station in board.stations}
    assert rows == {
        "Gate 1": ("Online", 0, "9 sec"),
        "Gate 3": ("Offline 6 min", 212, "12 min"),
        "Gate 4": ("Relay board lost", 0, "9 sec"),
        "Gate 5": ("Copy suspected", None, ""),
    }
    names = [station.name for station in board.stations]
    assert names == ["Gate 5", "Gate 4", "Gate 3", "Gate 1"], "the worst first"
    assert board.stations[-1].last_scan_at == NOON - MINUTE
    assert [alert.title for alert in board.alerts] == [
        "Gate 5 may have been copied",
        "Gate 4: Relay board lost",
        "Gate 3 is offline",
        "Gate 3: rows set aside",
    ]
    assert board.alerts[2].text == (
        "Last seen at 11:54. It continues to admit people from its own list. 212 scans wait to be sent."
    )
    assert figures_of(board)["Alerts"] == ("5", "Gate 5 may have been copied")


def test_entries_are_told_however_few_they_are_and_at_once(fair: Fair, clock: ManualClock) -> None:
    assert figures_of(board_of(fair))["Inside now"] == ("0", "no entries in the last minutes")
    fair.register("Ada")
    fair.scan("Ada", NOON)
    assert figures_of(board_of(fair))["Inside now"] == ("1", "1 entry in the last minutes")
    clock.advance(10 * MINUTE)
    assert figures_of(board_of(fair))["Inside now"] == ("1", "no entries in the last minutes")


def test_a_silent_station_that_can_admit_nobody_is_not_said_to(fair: Fair) -> None:
    six = NOON - 6 * MINUTE
    fair.station(last_seen_at=NOON)
    fair.station("Gate 2", last_seen_at=six)
    report = {"unsent": 0, "roster_age_s": 9, "alarms": []}
    fair.station("Gate 3", last_seen_at=six, reported_at=six, report=report, checkpoint_id=None)
    assert {alert.title: alert.text for alert in board_of(fair).alerts} == {
        "Gate 2 is offline": "Last seen at 11:54. It has no list yet, so it admits nobody.",
        "Gate 3 is offline": "Last seen at 11:54. It has no checkpoint, so it admits nobody.",
    }


def test_one_ticket_at_two_gates_is_something_to_look_at(fair: Fair) -> None:
    fair.register("Ada")
    other = fair.station("Gate 2", last_seen_at=NOON)
    fair.station(last_seen_at=NOON)
    fair.scan("Ada", NOON - 3 * MINUTE)
    fair.scan("Ada", NOON - 2 * MINUTE, device_id=other)
    alert = board_of(fair).alerts[0]
    assert alert.title == "Double entry Gate 1 / Gate 2"
    assert "at 11:58" in alert.text
    assert alert.href.startswith(f"/events/{fair.seeded.event_id}/conflicts/")


def test_figures_zones_and_alerts_lead_to_what_is_behind_them(app: FastAPI, fair: Fair) -> None:
    fair.register("Ada")
    fair.scan("Ada", NOON - MINUTE)
    station = fair.station("Gate 9", last_seen_at=NOON, clone_suspected=True)
    path = f"/events/{fair.seeded.event_id}"
    html = signed_in_as(app, fair.seeded.tenant_id).read(path)
    for target in (
        f"{path}/participants?presence=inside",
        f"{path}/participants?presence=inside&amp;zone=hall-a",
        f"{path}/access-log?outcome=admitted&amp;from=2026-06-10T00:00",
        f"{path}/access-log?outcome=refused&amp;from=2026-06-10T00:00",
        f"{path}/stations/{station}",
    ):
        assert f'href="{target}"' in html, target
    assert f'<tr id="station-{station}">' in html
    operator = signed_in_as(app, fair.seeded.tenant_id, Role.OPERATOR).read(path)
    assert "/participants" not in operator.split("<main", 1)[1], "who may not read names gets no way to them"


def test_a_station_has_one_line_and_one_badge_whatever_is_wrong_with_it(app: FastAPI, fair: Fair) -> None:
    alarms = [{"code": code, "sentence": None} for code in ("CAMERA_LOST", "RELAY_LOST", "SOUND_LOST")]
    report = {"unsent": 0, "roster_age_s": 9, "alarms": alarms}
    station = fair.station("Gate 9", last_seen_at=NOON, reported_at=NOON, report=report)
    html = signed_in_as(app, fair.seeded.tenant_id).read(f"/events/{fair.seeded.event_id}")
    row = html.split(f'<tr id="station-{station}">')[1].split("</tr>")[0]
    assert row.count('class="badge') == 2, "its state, and whether it is ready"
    assert "Camera lost" in row
    assert "+2" in row
    assert "Relay board lost" not in row, "each alarm is told among the alerts"


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 200), (Role.OPERATOR, 200), (Role.VIEWER, 200)])
def test_the_page_is_for_everybody_who_watches(app: FastAPI, fair: Fair, role: Role, status: int) -> None:
    answer = signed_in_as(app, fair.seeded.tenant_id, role).get(f"/events/{fair.seeded.event_id}")
    assert answer.status_code == status
    assert heading_of(answer.text) == "Summit"
    assert ("Edit event" in answer.text) is (role is Role.ADMIN)


def test_the_console_begins_at_the_event_that_is_on(app: FastAPI, fair: Fair, clock: ManualClock) -> None:
    browser = signed_in_as(app, fair.seeded.tenant_id, Role.OPERATOR)
    assert browser.get("/").headers["location"] == f"/events/{fair.seeded.event_id}"
    clock.at = NOON + timedelta(hours=36)
    browser = signed_in_as(app, fair.seeded.tenant_id, Role.OPERATOR, "Late")
    assert browser.get("/").headers["location"] == "/events"


def test_a_fragment_has_the_figures_and_not_the_frame(app: FastAPI, fair: Fair) -> None:
    browser = signed_in_as(app, fair.seeded.tenant_id)
    path = f"/events/{fair.seeded.event_id}"
    whole, part = browser.read(path), browser.get(path, headers={"X-Fragment": "live"}).text
    for id_ in ("figures", "flow", "zones", "alerts", "stations"):
        assert f'id="{id_}"' in whole
        assert f'id="{id_}"' in part
    assert "<nav" in whole
    assert "<nav" not in part
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in whole


def test_words_follow_the_browser_and_names_are_no_markup(app: FastAPI, fair: Fair) -> None:
    with fair.hub.uow.begin() as work:
        changes = events.EventChanges(name="<b>Fair & Co</b>")
        events.update(work, fair.seeded.tenant_id, fair.seeded.event_id, changes)
    browser = signed_in_as(app, fair.seeded.tenant_id)
    text = browser.get(f"/events/{fair.seeded.event_id}", headers={"Accept-Language": "ar"}).text
    assert '<html lang="ar" dir="rtl"' in text
    assert heading_of(text) == "&lt;b&gt;Fair &amp; Co&lt;/b&gt;"


def watching(app: FastAPI, browser: Browser) -> EventStreamCall:
    hub: HubContext = app.state.hub
    cookie = "; ".join(f"{cookie_.name}={cookie_.value}" for cookie_ in browser.client.cookies.jar)
    headers = [(b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("127.0.0.1", 1)}
    request = Request({**scope, "query_string": b"", "app": app})
    with hub.uow.read() as work:
        caller = hub.authenticator.authenticate(work, read_credentials(request, ()))
    return EventStreamCall(hub, request, caller, Access(WATCHES))


def test_the_stream_says_look_when_something_moved_and_over_when_somebody_signed_out(
    app: FastAPI, fair: Fair
) -> None:
    browser = signed_in_as(app, fair.seeded.tenant_id, Role.VIEWER)
    call = watching(app, browser)
    key = FeedKey(fair.seeded.tenant_id, fair.seeded.event_id)

    async def listen() -> list[str | None]:
        stream = live_updates.generate_updates(call, key, 0.3)
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(fair.register, "Ada")
        names = [(await first).event]
        answer = await asyncio.to_thread(browser.post, "/sign-out")
        assert answer.status_code == 303
        names += [event.event async for event in stream]
        return names

    assert asyncio.run(asyncio.wait_for(listen(), 10)) == ["look", "over"]


def test_the_stream_is_for_pages_of_this_tenant(app: FastAPI, fair: Fair) -> None:
    path = f"/events/{fair.seeded.event_id}/live-page"
    assert Browser(app).get(path).status_code == 401
    assert signed_in_as(app, fair.seeded.tenant_id).get("/events/nobody/live-page").status_code == 404


def test_the_chart_has_who_left_with_everybody_and_who_came_again(fair: Fair, clock: ManualClock) -> None:
    for name in ("Ada", "Grace"):
        fair.register(name)
        fair.scan(name, NOON - 30 * MINUTE)
    with fair.hub.uow.begin() as work:
        changes = events.EventChanges(everyone_leaves_at="12:10")
        events.update(work, fair.seeded.tenant_id, fair.seeded.event_id, changes)
    cache = DailyStatisticsCache()
    chart = board_of(fair, cache).chart
    assert (chart.entries, chart.exits) == (2, 0)
    clock.at = NOON + 12 * MINUTE
    fair.scan("Ada", NOON + 11 * MINUTE)
    for each in (cache, DailyStatisticsCache()):
        chart = board_of(fair, each).chart
        assert (chart.entries, chart.exits) == (3, 2)
