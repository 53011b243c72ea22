"""The pages of occupancy, in a browser without scripts."""

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, update

from hub_sync.contract.enums import DeviceStatus, Direction, ReasonCode
from hub_sync.hub.domains.accounts.tables import RolePermission
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.jobs import ExitAllJob
from hub_sync.hub.domains.check_in.tables import VenueOccupancy
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview.occupancy.people_inside import HEADER
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/occupancy"


@pytest.fixture
def busy(fair: Fair) -> Fair:
    """Let three people in and one of them out: two are inside, and three were at 11:20."""
    for name, minutes in (("Linus", 60), ("Grace", 50), ("=Evil", 40)):
        fair.register(name, phone="+49 30 1234567")
        fair.scan(name, NOON - timedelta(minutes=minutes))
    fair.scan("Linus", NOON - timedelta(minutes=10), direction=Direction.EXIT, reason=ReasonCode.EXITED)
    return fair


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def section(html: str, id_: str) -> str:
    """Return the text of a section of the panel."""
    return text_of(html.partition(f'id="{id_}"')[2].partition("</section>")[0])


def test_the_panel_shows_counts_peak_and_flow(admin: Browser, busy: Fair, path: str) -> None:
    html = admin.read(path)
    assert "Inside now 2" in section(html, "figures")
    assert "Peak of the day 3 11:20" in section(html, "figures")
    assert "Peak: 3 at 11:20" in section(html, "history").replace("\u202f", " ").replace(" AM", "")
    flow = section(html, "flow-table")
    assert "11:00" in flow
    assert "3 came in and 1 left" in section(html, "flow")
    assert "Main gate" in section(html, "gates")


def test_a_late_row_moves_the_peak(admin: Browser, busy: Fair, path: str) -> None:
    busy.register("Late")
    busy.scan("Late", NOON - timedelta(minutes=55))
    assert "Peak of the day 4 11:20" in section(admin.read(path), "figures")


def test_capacities_are_edited_in_place_and_audited(
    admin: Browser, busy: Fair, hub: HubContext, seeded: Seeded, path: str
) -> None:
    form = path
    assert admin.send(path, form, {"capacity-0": "3", "capacity-1": "٢"}).status_code == 303
    html = admin.read(path)
    assert "The capacities are saved." in html
    with hub.uow.read() as work:
        whole, hall = check_in.all_counts(work, seeded.tenant_id, seeded.event_id)
        changed = work.session.scalars(select(AuditLog).where(AuditLog.action == "set_capacity")).all()
    assert (whole.capacity, whole.level, hall.capacity, hall.level) == (3, "green", 2, "red")
    assert len(changed) == 2
    assert admin.send(path, form, {}).status_code == 303
    assert "Nothing was changed." in admin.read(path)
    assert admin.send(path, form, {"capacity-1": ""}).status_code == 303
    with hub.uow.read() as work:
        assert check_in.all_counts(work, seeded.tenant_id, seeded.event_id)[1].capacity is None


@pytest.mark.parametrize("typed", ["many", "-1", "1.5", "10000001", "9" * 30, "²", "٤²"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_capacity_that_is_none_stands_beside_its_field_and_stays(
    admin: Browser, busy: Fair, path: str, typed: str
) -> None:
    answer = admin.send(path, path, {"capacity-0": "500", "capacity-1": typed})
    assert answer.status_code == 422
    assert 'id="capacity-1-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="500"' in answer.text


def test_whoever_may_not_change_capacities_sees_no_form(
    app: FastAPI, seeded: Seeded, busy: Fair, path: str
) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    assert "capacity-0" not in viewer.read(path)
    assert viewer.post(path, {"zone-0": "", "capacity-0": "1"}).status_code == 403


def test_who_is_inside_is_listed_with_time_gate_and_zone(admin: Browser, busy: Fair, path: str) -> None:
    page = text_of(admin.read(f"{path}/inside"))
    assert "Grace Example" in page
    assert "Linus" not in page
    assert "Main gate" in page
    assert "2 inside, as of" in page
    assert "11:10" in page
    assert "=Evil" not in text_of(admin.read(f"{path}/inside?q=grace"))
    assert "Nobody of this search is inside" in admin.read(f"{path}/inside?q=nobody")
    for way in ("", "/sheet", "/export.csv"):
        assert "Grace" in admin.read(f"{path}/inside{way}?zone=renamed-since"), (
            "an evacuation's list lacks nobody"
        )
    assert "Grace" in admin.read(f"{path}/inside?zone=hall-a&page=99")


def test_who_was_deleted_or_never_registered_is_inside_all_the_same(
    admin: Browser, busy: Fair, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin() as work:
        participants.delete(work, seeded.tenant_id, seeded.event_id, busy.people["Grace"])
    busy.people["Ghost"] = "ghost-id"
    busy.scan("Ghost", NOON - timedelta(minutes=5))
    page = text_of(admin.read(f"{path}/inside"))
    assert "Grace Example" in page
    assert "Not registered ghost-id" in page
    assert "3 inside" in page


def test_exports_and_the_sheet_have_the_same_people(admin: Browser, busy: Fair, path: str) -> None:
    answer = admin.get(f"{path}/inside/export.csv")
    table = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["first_name"] for row in table] == ["'=Evil", "Grace"]
    assert (table[1]["checkpoint"], table[1]["phone"], table[1]["zones"]) == (
        "Main gate",
        "'+49 30 1234567",
        "hall-a",
    )
    answer = admin.get(f"{path}/inside/export.xlsx?q=grace")
    assert re.search(
        r'filename="inside-[a-z0-9-]+-2026-06-10-1200\.xlsx"', answer.headers["content-disposition"]
    ), "the minute at the event, as on the page"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    heading, row = sheet.values
    assert heading == HEADER
    assert row[:2] == ("Example", "Grace")
    printed = text_of(admin.read(f"{path}/inside/sheet"))
    assert "2 people" in printed
    assert printed.index("=Evil") < printed.index("Grace")


def test_stations_that_do_not_report_are_named_with_what_waits_there(
    admin: Browser, busy: Fair, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin() as work:
        work.session.execute(
            update(KioskDevice).values(
                status=DeviceStatus.ACTIVE,
                last_seen_at=NOON - timedelta(hours=1),
                report={"unsent": 35},
            )
        )
    for page in (path, f"{path}/inside", f"{path}/inside/sheet"):
        text = text_of(admin.read(page))
        assert "One station does not report." in text, page
        assert "35 scans were waiting there" in text, page


def test_names_are_for_whoever_may_read_participants(
    app: FastAPI, seeded: Seeded, busy: Fair, path: str
) -> None:
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    with busy.hub.uow.begin() as work:
        work.session.execute(delete(RolePermission).where(RolePermission.permission == "participants:read"))
    assert f"{path}/inside" not in viewer.read(path)
    for page in ("", "/sheet", "/export.csv", "/export.xlsx"):
        assert viewer.get(f"{path}/inside{page}").status_code == 403


def test_a_history_that_is_being_computed_says_so(
    admin: Browser, busy: Fair, hub: HubContext, path: str
) -> None:
    with hub.uow.begin() as work:
        work.session.execute(update(VenueOccupancy).values(flows_complete=False))
    assert "The history is being computed." in admin.read(path)


def test_an_event_without_scans_has_its_panel(admin: Browser, fair: Fair, path: str) -> None:
    html = admin.read(f"{path}?day=never&zone=nowhere")
    assert "Nobody passed on this day" in html
    assert "Nobody is inside" in admin.read(f"{path}/inside")
    assert "Nobody is inside" in admin.read(f"{path}/inside/sheet")


def test_a_check_in_changes_one_truth(
    admin: Browser, fair: Fair, hub: HubContext, seeded: Seeded, path: str
) -> None:
    """Participant page, list, occupancy, log and exports agree at once (Hi.Events#329)."""
    id_ = fair.register("Grace")
    event = f"/events/{seeded.event_id}"
    for direction, inside in ((Direction.ENTRY, True), (Direction.EXIT, False)):
        fair.scan("Grace", NOON - timedelta(minutes=5 + inside), direction=direction)
        inside_by_view = {
            "participant": ">Inside<" in admin.read(f"{event}/participants/{id_}"),
            "list": "Grace" in admin.read(f"{event}/participants?presence=inside"),
            "who is inside": "Grace" in admin.read(f"{path}/inside"),
            "export": "Grace" in admin.get(f"{path}/inside/export.csv").text,
            "sheet": "Grace" in admin.read(f"{path}/inside/sheet"),
            "occupancy": "Inside now 1" in section(admin.read(path), "figures"),
            "history": "Now: 1." in section(admin.read(path), "history"),
            "overview": "Inside now 1" in text_of(admin.read(event)),
        }
        with hub.uow.read() as work:
            inside_by_view["rest"] = check_in.counts(work, seeded.tenant_id, seeded.event_id)[0].current == 1
        assert set(inside_by_view.values()) == {inside}, (direction, inside_by_view)
    log = admin.get(f"{event}/access-log/export.csv").text
    assert log.count("Grace") == 2


def test_who_left_with_everybody_is_called_that_on_every_page(
    admin: Browser, busy: Fair, hub: HubContext, seeded: Seeded, path: str
) -> None:
    pages = {
        "panel": path,
        "list": f"{path}/inside",
        "sheet": f"{path}/inside/sheet",
        "log": f"/events/{seeded.event_id}/access-log",
    }
    sentence = "Whoever is still inside at 11:55 counts as having left"
    assert not [name for name, url in pages.items() if sentence in text_of(admin.read(url))]
    with hub.uow.begin() as work:
        events.update(
            work, seeded.tenant_id, seeded.event_id, events.EventChanges(everyone_leaves_at="11:55")
        )
    ExitAllJob(hub).run_once()
    assert [name for name, url in pages.items() if sentence in text_of(admin.read(url))] == [*pages]
    html = admin.read(path)
    assert "Inside now 0" in section(html, "figures")
    assert "Came in 3 most by Main gate" in section(html, "figures")
    assert re.search(r"Everybody left Entries 0 Exits 2", section(html, "gates"))
    assert "Nobody is inside" in admin.read(f"{path}/inside")
    grace = text_of(admin.read(f"/events/{seeded.event_id}/participants/{busy.people['Grace']}"))
    assert "by the hour that everybody leaves" in grace
    linus = text_of(admin.read(f"/events/{seeded.event_id}/participants/{busy.people['Linus']}"))
    assert "by the hour that everybody leaves" not in linus
