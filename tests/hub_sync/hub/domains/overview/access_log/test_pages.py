"""The pages of the access log, in a browser without scripts."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, event

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.tables import RolePermission
from hub_sync.hub.domains.check_in.service import EXPORT_HEADER
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview.access_log.detail import MARKS
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, form_to, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/access-log"


@pytest.fixture
def busy(fair: Fair) -> Fair:
    """Register people, and let the gate send five scans: two entries, a refusal, an exit and one of Grace."""
    for name in ("Linus", "Grace", "=Evil"):
        fair.register(name)
    fair.scan("Linus", NOON - timedelta(minutes=30))
    fair.scan("=Evil", NOON - timedelta(minutes=20))
    fair.scan(
        "Linus",
        NOON - timedelta(minutes=10),
        result=ScanResult.ALREADY_SCANNED,
        reason=ReasonCode.ALREADY_INSIDE,
    )
    fair.scan("Linus", NOON - timedelta(minutes=5), direction=Direction.EXIT, reason=ReasonCode.EXITED)
    fair.scan("Grace", NOON)
    return fair


def rows_of(html: str) -> list[str]:
    """Return the texts of the list's rows."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in body.split("<tr>")[1:]]


def test_the_latest_scan_comes_first_with_person_place_and_verdict(
    admin: Browser, busy: Fair, path: str
) -> None:
    rows = rows_of(admin.read(path))
    assert len(rows) == 5
    assert "Grace Example" in rows[0]
    assert "let in" in rows[0]
    assert "Main gate" in rows[0]
    assert "Gate 1" in rows[0]
    assert "12:00:00" in rows[0], "the time is the event's, to the second"


def test_an_export_that_has_to_wait_says_so_and_the_evacuation_list_never_waits(
    admin: Browser, busy: Fair, hub: HubContext, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.export_slots, "_most", 0)
    answer = admin.get(f"{path}/export.csv")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "15")
    assert "Other exports are running" in answer.text
    assert "Nothing is lost" in answer.text
    inside = path.replace("access-log", "occupancy/inside")
    assert admin.get(f"{inside}/export.csv").status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("outcome=refused", 1),
        ("outcome=admitted", 4),
        ("outcome=override", 0),
        ("reason=already_inside", 1),
        ("person=linus", 3),
        ("person=grace@example.org", 1),
        ("person=linus&outcome=refused", 1),
        ("filter[checkpoint_id]=nowhere", 0),
        ("from=2026-06-10T11:50&to=2026-06-10T11:55", 2),
        ("from=2026-06-10T11:51", 2),
        ("to=2026-06-10T11:30", 1),
        ("outcome=&reason=&person=&from=&to=&filter[checkpoint_id]=", 5),
    ],
)
def test_filters_select_scans(admin: Browser, busy: Fair, path: str, query: str, count: int) -> None:
    html = admin.read(f"{path}?{query}")
    assert len(rows_of(html)) == count
    assert ("No matching scans" in html) == (count == 0)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("from=yesterday", "from", "Give a day and a time"),
        ("to=2026-13-45T99:99", "to", "Give a day and a time"),
        ("from=2026-06-10T12:00&to=2026-06-10T11:00", "to", "The end is before the beginning."),
        ("from=2026-03-29T02:30", "from", "There is no 02:30 on that day"),
        ("person=nobody", "person", "Nobody of this name"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_its_field_and_stays_typed(
    admin: Browser, busy: Fair, path: str, query: str, field: str, message: str
) -> None:
    answer = admin.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert message in answer.text
    assert form_to(answer.text, path).fields[field] == query.rpartition("=")[2]
    assert rows_of(answer.text) == []
    refused = admin.get(f"{path}/export.csv?{query}")
    assert refused.status_code == 400, "a wrong filter never exports everything"
    assert message in refused.text


@pytest.mark.parametrize("field", ["outcome", "reason"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_choice_that_is_none_is_refused_and_exports_nothing(
    admin: Browser, busy: Fair, path: str, field: str
) -> None:
    answer = admin.get(f"{path}?{field}=of-another-version")
    assert (answer.status_code, rows_of(answer.text)) == (422, [])
    assert f'id="{field}-error"' in answer.text
    for ending in ("csv", "xlsx"):
        refused = admin.get(f"{path}/export.{ending}?{field}=of-another-version")
        assert (refused.status_code, "Choose one of the list." in refused.text) == (400, True)


def test_a_text_that_means_too_many_people_asks_for_more_of_the_name(
    admin: Browser, fair: Fair, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Linus", "Linda"):
        fair.register(name)
    monkeypatch.setattr("hub_sync.hub.domains.overview.access_log.filters.MOST_PEOPLE", 1)
    answer = admin.get(f"{path}?person=lin")
    assert answer.status_code == 422
    assert "2 people match" in answer.text


def test_pages_go_on_by_cursor_and_back(admin: Browser, busy: Fair, path: str) -> None:
    html = admin.read(f"{path}?limit=2")
    collected = rows_of(html)
    while match := re.search(r'href="([^"]+)" rel="next"', html):
        html = admin.read(match[1].replace("&amp;", "&"))
        collected += rows_of(html)
    assert len(collected) == 5
    assert len(set(collected)) == 5
    back = re.search(r'href="([^"]+)" rel="prev"', html)
    assert back
    assert rows_of(admin.read(back[1].replace("&amp;", "&"))) == collected[2:4]


def test_new_scans_are_counted_and_move_nothing(admin: Browser, busy: Fair, path: str) -> None:
    html = admin.read(path)
    since = re.search(r'data-since="(\d+)"', html)
    assert since
    assert "new scan" not in admin.read(f"{path}?since={since[1]}")
    busy.scan("Grace", NOON, direction=Direction.EXIT, reason=ReasonCode.EXITED)
    busy.scan("Grace", NOON, result=ScanResult.INVALID, reason=ReasonCode.WRONG_DIRECTION)
    news = admin.read(f"{path}?since={since[1]}")
    assert "2 new scans" in news
    assert f'href="{path}"' in news
    filtered = admin.read(f"{path}?outcome=refused&since={since[1]}")
    assert "1 new scan<" in filtered
    assert f'href="{path}?outcome=refused"' in filtered
    assert "<table" not in news


@pytest.mark.parametrize(
    "query", ["since=" + "9" * 5000, "since=²", "to=9999-12-31T23:59", "from=0001-01-01T00:00", "person=%00"]
)
def test_a_number_or_time_that_no_program_can_hold_is_no_fault(
    admin: Browser, busy: Fair, hub: HubContext, seeded: Seeded, path: str, query: str
) -> None:
    with hub.uow.begin() as work:
        events.get(work, seeded.tenant_id, seeded.event_id).time_zone = "UTC"
    assert admin.get(f"{path}?{query}").status_code in (200, 400, 422)


def test_every_mark_of_a_scan_has_words() -> None:
    assert set(MARKS) == set(Mark)


def test_who_may_not_read_participants_gets_no_names(
    app: FastAPI, seeded: Seeded, busy: Fair, path: str
) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    with busy.hub.uow.begin() as work:
        work.session.execute(delete(RolePermission).where(RolePermission.permission == "participants:read"))
    html = viewer.read(path)
    assert "Grace" not in html
    assert 'name="person"' not in html
    assert len(rows_of(viewer.read(f"{path}?person=grace"))) == 5, "the filter would tell who is who"
    (scan_path, *_rest) = re.findall(rf'href="({path}/[0-9a-f-]{{36}})"', html)
    assert "Grace" not in viewer.read(scan_path)
    table = viewer.get(f"{path}/export.csv").text
    assert "Grace" not in table
    assert "The files have no names" in viewer.read(f"{path}/export")


def test_the_log_is_for_whoever_may_read_it(app: FastAPI, seeded: Seeded, path: str) -> None:
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR)
    assert operator.get(path).status_code == 403
    assert f'href="{path}"' not in operator.read(f"/events/{seeded.event_id}")
    assert operator.get(f"{path}/live-page").status_code == 403


def test_a_scan_shows_its_clock_journal_and_person(admin: Browser, busy: Fair, path: str) -> None:
    (first, *_rest) = re.findall(rf'href="({path}/[0-9a-f-]{{36}})"', admin.read(path))
    html = admin.read(first)
    for text in (
        "Grace Example",
        "Not needed: the station had measured no difference",
        "Chain holds",
        "Its hash follows from entry 4",
        "Entry before",
        "Counted when let in (no sensor)",
    ):
        assert text in html, text
    assert admin.get(f"{path}/{'0' * 36}").status_code == 404


def test_an_override_shows_its_reason_and_operator(
    admin: Browser, fair: Fair, seeded: Seeded, path: str
) -> None:
    id_ = fair.register("Grace")
    fair.scan("Grace", NOON - timedelta(minutes=1))
    scan = {
        "checkpoint_id": seeded.gate_id,
        "participant_id": id_,
        "override": {"reason": "Came back for her bag"},
    }
    token = accounts.csrf_token(admin.client.cookies[SESSION_COOKIE])
    answer = admin.client.post(
        f"/api/v1/events/{seeded.event_id}/scans", json=scan, headers=HERE | {"X-CSRF-Token": token}
    )
    html = admin.read(f"{path}/{answer.json()['data']['access_log_id']}")
    for text in (
        "Admitted by override",
        "Came back for her bag",
        "<bdi>Ada</bdi>",
        "already in",
        "The hub's own clock",
    ):
        assert text.replace("'", "&#39;") in html or text in html, text
    assert "User of the console" in html
    conflicts = html.partition('id="conflicts-title"')[2].partition("</section>")[0]
    assert f'href="/events/{seeded.event_id}/conflicts/' in conflicts
    assert ("Override" in conflicts, "Open" in conflicts) == (True, True)
    assert len(rows_of(admin.read(f"{path}?outcome=override"))) == 1


def test_both_exports_have_the_filtered_rows_and_no_formula(
    admin: Browser, busy: Fair, seeded: Seeded, path: str
) -> None:
    chosen = admin.read(f"{path}/export?outcome=admitted")
    assert "4 scans" in chosen
    assert f"{path}/export.xlsx?outcome=admitted" in chosen
    answer = admin.get(f"{path}/export.csv?outcome=admitted")
    assert re.search(
        r'filename="access-log-[a-z0-9-]+-2026-06-10\.csv"', answer.headers["content-disposition"]
    )
    table = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["first_name"] for row in table] == ["Linus", "'=Evil", "Linus", "Grace"]
    answer = admin.get(f"{path}/export.xlsx?outcome=admitted")
    assert answer.headers["content-disposition"].endswith('2026-06-10.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    heading, *rows = sheet.iter_rows()
    assert tuple(cell.value for cell in heading) == EXPORT_HEADER
    name = EXPORT_HEADER.index("first_name")
    assert [row[name].value for row in rows] == ["Linus", "=Evil", "Linus", "Grace"]
    evil = rows[1][name]
    assert (evil.data_type, evil.quotePrefix) == ("s", True)
    assert rows[0][EXPORT_HEADER.index("local_time")].is_date


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "ix_access_logs_time"),
        ("outcome=override", "ix_access_logs_overridden"),
        ("person=linus", "ix_access_logs_person"),
        ("person=linus&outcome=refused", "ix_access_logs_person"),
        ("person=linus&filter[checkpoint_id]=x", "ix_access_logs_person"),
        ("reason=blacklisted", "ix_access_logs_reason"),
        ("person=linus&reason=blacklisted", "ix_access_logs_person"),
        ("person=linus&outcome=override", "ix_access_logs_person"),
        ("reason=blacklisted&outcome=refused", "ix_access_logs_reason"),
        ("filter[checkpoint_id]=x", "ix_access_logs_checkpoint"),
        ("filter[device_id]=x", "ix_access_logs_device"),
        ("filter[participant_id]=x", "ix_access_logs_person"),
    ],
)
def test_every_filter_reads_the_index_that_finds_few_rows(
    admin: Browser, hub: HubContext, busy: Fair, path: str, query: str, index: str
) -> None:
    """SQLite has no statistics, as PostgreSQL has: for a rare person it read the times of five million scans."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM access_logs" in statement and "LIMIT" in statement:
            statements.append((statement, parameters))

    event.listen(hub.uow.database.reading_engine, "before_cursor_execute", note)
    admin.read(f"{path}?{query}")
    with hub.uow.read() as work:
        (statement, parameters), *_rest = statements
        plan = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert f"USING INDEX {index} " in str(plan), plan
