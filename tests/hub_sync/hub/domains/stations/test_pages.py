"""The pages of stations in a browser without scripts."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.seals import SealState
from hub_sync.contract.sync import EnrolRequest
from hub_sync.hub.domains.accounts.tables import RolePermission
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.sync.tables import JournalSeal
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.rules.device_keys import DeviceKey
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair

CODE = re.compile(r'<input id="code"[^>]*value="([^"]+)"')


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/stations"


def device_of(hub: HubContext, device_id: str) -> KioskDevice:
    with hub.uow.read() as work:
        return work.session.scalars(select(KioskDevice).where(KioskDevice.id == device_id)).one()


def create(admin: Browser, path: str, **fields: str) -> str:
    """Create a station; return the path of its page."""
    form = {"name": "North stairs", "profile": "gate", "hours": "8", "checkpoint_id": "", **fields}
    answer = admin.send(f"{path}/new", f"{path}/new", form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removesuffix("/code")


def test_a_new_station_enrols_with_the_code_that_is_shown_once(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    here = create(admin, path, checkpoint_id=seeded.gate_id)
    html = admin.read(f"{here}/code")
    assert "<svg" in html.split("enrol-code", 1)[1]
    assert "The code expires in 8" in html
    (code,) = CODE.findall(html)
    again = admin.read(f"{here}/code")
    assert CODE.findall(again) == []
    assert "make a new one" in again
    with hub.uow.begin(actor="enrolment") as work:
        request = EnrolRequest(token=code, serial="gate-9", software="doorward 9")
        assert devices.enrol(work, request).checkpoint_id == seeded.gate_id
    used = admin.read(f"{here}/code")
    assert "The code was used" in used
    assert "gate-9" in used


@pytest.mark.parametrize("checkpoint", ["²", "\t=1", "\u202e", "x" * 65, "a/b"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_checkpoint_that_is_no_id_is_told_and_the_name_kept(
    admin: Browser, path: str, checkpoint: str
) -> None:
    here = create(admin, path)
    typed = {"name": "Kept", "checkpoint_id": checkpoint}
    for form in (f"{path}/new", f"{here}/edit"):
        answer = admin.send(form, form, typed)
        assert answer.status_code == 422
        assert 'value="Kept"' in answer.text


def test_a_new_code_voids_the_old_one(admin: Browser, hub: HubContext, path: str) -> None:
    here = create(admin, path)
    (first,) = CODE.findall(admin.read(f"{here}/code"))
    assert admin.send(f"{here}/code", f"{here}/code", {"hours": "1"}).status_code == 303
    (second,) = CODE.findall(admin.read(f"{here}/code"))
    with hub.uow.begin(actor="enrolment") as work, pytest.raises(Exception, match="No device waits"):
        devices.enrol(work, EnrolRequest(token=first, serial="x", software="y"))
    assert second != first


def test_the_list_begins_with_the_worst_and_the_page_says_what_is_wrong(
    admin: Browser, fair: Fair, path: str
) -> None:
    report = {"unsent": 3, "roster_age_s": 9, "journal_sequence": 5, "uptime_s": 60, "alarms": []}
    fair.station("Alpha", last_seen_at=NOON, reported_at=NOON, report=report | {"clock_offset_ms": -90_000})
    alarm = {"code": "RELAY_LOST", "sentence": "English."}
    ill = fair.station("Zulu", last_seen_at=NOON, reported_at=NOON, report=report | {"alarms": [alarm]})
    html = admin.read(path).split("<main", 1)[1]
    assert html.index("Zulu") < html.index("Alpha")
    page = admin.read(f"{path}/{ill}")
    assert "Its relay board does not answer" in page
    assert "Nothing received yet" in page
    (well,) = re.findall(f'{path}/([^"/]+)"><span class="clipped " dir="auto" title="Alpha"', html)
    assert "ahead of the hub, corrected" in admin.read(f"{path}/{well}")


def test_why_a_station_is_locked_is_for_those_who_may_read_names(
    app: FastAPI, seeded: Seeded, hub: HubContext, fair: Fair, path: str
) -> None:
    id_ = fair.station("Gate 9", status=DeviceStatus.LOCKED, status_reason="Olaf left it on a table")
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    assert "Olaf left it" in viewer.read(f"{path}/{id_}")
    with hub.uow.begin() as work:
        work.session.execute(delete(RolePermission).where(RolePermission.permission == "participants:read"))
    html = viewer.read(f"{path}/{id_}")
    assert "It is locked and admits nobody." in html
    assert "Olaf left it" not in html


def test_a_lock_says_why_and_is_taken_back(admin: Browser, hub: HubContext, fair: Fair, path: str) -> None:
    id_ = fair.station("Gate 9", credential_hash="x", last_seen_at=NOON)
    here = f"{path}/{id_}"
    assert admin.send(f"{here}/lock", f"{here}/lock", {"reason": ""}).status_code == 422
    assert admin.send(f"{here}/lock", f"{here}/lock", {"reason": "Left unattended"}).status_code == 303
    html = admin.read(here)
    assert "Left unattended" in html
    assert "is locked: it admits nobody" in html
    assert '<ol class="trail plain-list" tabindex="0" aria-label="History">' in html, "it scrolls by keyboard"
    assert device_of(hub, id_).status is DeviceStatus.LOCKED
    assert admin.send(here, f"{here}/unlock").status_code == 303
    device = device_of(hub, id_)
    assert (device.status, device.status_reason) == (DeviceStatus.ACTIVE, "")
    with hub.uow.read() as work:
        query = select(AuditLog.after).where(AuditLog.entity_id == id_, AuditLog.action == "set_status")
        reasons = [
            after["status_reason"] for after in work.session.scalars(query.order_by(AuditLog.id)) if after
        ]
    assert reasons == ["Left unattended", ""]


@pytest.mark.parametrize(
    ("act", "status"), [("revoke", DeviceStatus.REVOKED), ("retire", DeviceStatus.RETIRED)]
)
def test_what_can_not_be_undone_needs_the_name_of_the_station(
    admin: Browser, hub: HubContext, fair: Fair, path: str, act: str, status: DeviceStatus
) -> None:
    id_ = fair.station("Gate 9", credential_hash="x", last_seen_at=NOON, report={"unsent": 7, "alarms": []})
    action = f"{path}/{id_}/{act}"
    assert "by its last report: 7" in admin.read(action)
    refused = admin.send(action, action, {"typed": "Gate 8", "reason": "Sold"})
    assert (refused.status_code, "not the name of the station" in refused.text) == (422, True)
    assert 'value="Sold"' in refused.text
    assert device_of(hub, id_).status is DeviceStatus.ACTIVE
    assert admin.send(action, action, {"typed": " Gate 9 ", "reason": "Sold"}).status_code == 303
    assert (device_of(hub, id_).status, device_of(hub, id_).status_reason) == (status, "Sold")
    assert admin.get(f"{path}/{id_}").status_code == 200


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Gate  two", "Gate two"),
        ("e\u0301tage", "\u00e9tage"),
        ("Gate\u200b 1", "Gate 1"),
        ("Gate 1", "\u2068Gate 1\u2069"),
    ],
)
def test_a_name_is_confirmed_as_people_see_it(
    admin: Browser, hub: HubContext, fair: Fair, path: str, name: str, typed: str
) -> None:
    id_ = fair.station(name, credential_hash="x")
    action = f"{path}/{id_}/revoke"
    assert admin.send(action, action, {"typed": typed}).status_code == 303
    assert device_of(hub, id_).status is DeviceStatus.REVOKED


def test_a_station_is_renamed_and_assigned_and_keeps_what_another_user_changed(
    admin: Browser, app: FastAPI, hub: HubContext, seeded: Seeded, fair: Fair, path: str
) -> None:
    id_ = fair.station("Gate 9")
    edit = f"{path}/{id_}/edit"
    other = signed_in_as(app, seeded.tenant_id, name="Bob")
    typed = admin.fill_in(edit, edit, {"checkpoint_id": ""})
    assert other.send(edit, edit, {"name": "South door"}).status_code == 303
    assert admin.post(edit, typed).status_code == 303
    device = device_of(hub, id_)
    assert (device.name, device.checkpoint_id) == ("South door", None)


def test_who_may_only_read_is_offered_no_act_and_refused_each(
    app: FastAPI, seeded: Seeded, fair: Fair, path: str
) -> None:
    id_ = fair.station("Gate 9", credential_hash="x")
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER)
    html = viewer.read(f"{path}/{id_}").split("<main", 1)[1]
    for act in ("lock", "revoke", "retire", "edit", "code"):
        assert f"{id_}/{act}" not in html
        assert viewer.get(f"{path}/{id_}/{act}").status_code == 403
    assert viewer.post(f"{path}/{id_}/lock", {"reason": "x"}).status_code == 403


def test_a_station_of_another_event_is_not_there(admin: Browser, fair: Fair, path: str) -> None:
    id_ = fair.station("Gate 9")
    assert admin.get(f"{path}/{id_}").status_code == 200
    assert admin.get(f"/events/another/stations/{id_}").status_code == 404
    assert admin.get(f"{path}/nothing").status_code == 404


def test_the_page_says_what_is_sealed_and_what_contradicts_and_exports_the_evidence(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin(actor="enrolment") as work:
        key = DeviceKey(bytes(range(32))).public.text
        request = EnrolRequest(token=seeded.enrol_code, serial="gate", public_key=key)
        device_id = devices.enrol(work, request).device_id
    here = f"{path}/{device_id}"
    assert "Nothing sealed yet" in admin.read(here)
    pages = []
    for position, state in enumerate((SealState.WAITING, SealState.DISAGREES), start=1):
        with hub.uow.begin() as work:
            work.session.add(
                JournalSeal(
                    tenant_id=seeded.tenant_id,
                    id=f"seal-{position}",
                    device_id=device_id,
                    chain="chain",
                    number=position,
                    journal_id="journal",
                    sequence=7 * position,
                    head="a" * 64,
                    sealed_at_ms=epoch_ms(NOON + timedelta(hours=24)),
                    seal_hash=f"{position}" * 64,
                    statement="{}",
                    signature="0" * 128,
                    state=state,
                    position=position,
                    **work.timestamps(),
                )
            )
        pages.append(admin.read(here))
    with hub.uow.begin() as work:
        devices.report_seal_disagreement(work, seeded.tenant_id, device_id)
    sealed = pages[0].split("Up to row 7", 1)[1].split("</dd>", 1)[0]
    assert "in 24 hours" not in sealed, "a station that is a day ahead has sealed already"
    assert re.search(r"11 Jun 2026, \d\d:00</time> by its own clock", sealed), sealed
    html = admin.read(here)
    assert "Contradicts the hub" in html
    assert "The hub has another row 14 than it signed." in html
    assert "Sealed, and not received: rows 1 to 14" in html
    assert "Journal contradicted" in admin.read(path)
    answer = admin.get(f"{here}/evidence.zip")
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
    assert answer.headers["content-disposition"].startswith('attachment; filename="evidence-')


def test_who_may_not_read_the_access_log_gets_no_evidence(
    app: FastAPI, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin(actor="enrolment") as work:
        device_id = devices.enrol(work, EnrolRequest(token=seeded.enrol_code, serial="gate")).device_id
    stranger = Browser(app)
    assert stranger.get(f"{path}/{device_id}/evidence.zip").status_code in (303, 401, 403)


def test_a_suspicion_is_resolved_with_a_note_by_who_may(
    admin: Browser, app: FastAPI, hub: HubContext, fair: Fair, seeded: Seeded, path: str
) -> None:
    id_ = fair.station(
        "Gate 9", credential_hash="x", last_seen_at=NOON, clone_suspected=True, seals_disagree_at=NOON
    )
    here = f"{path}/{id_}"
    html = admin.read(here)
    assert f'href="{here}/resolve"' in html
    assert admin.send(f"{here}/resolve", f"{here}/resolve", {"note": " "}).status_code == 422
    assert admin.send(f"{here}/resolve", f"{here}/resolve", {"note": "Cloned by <us>"}).status_code == 303
    html = admin.read(here)
    assert "Cloned by &lt;us&gt;" in html
    assert f"{here}/resolve" not in html
    device = device_of(hub, id_)
    assert (device.clone_suspected, device.seals_disagree_at) == (False, None)
    diverged = fair.station("Gate 8", report={"alarms": [{"code": "JOURNAL_PARTED", "sentence": "Row 1."}]})
    assert f'href="{path}/{diverged}/resolve"' in admin.read(f"{path}/{diverged}")
    viewer = signed_in_as(app, seeded.tenant_id, name="Vic", role=Role.VIEWER)
    assert viewer.get(f"{here}/resolve").status_code == 403


def test_a_kiosks_page_counts_its_visitors_and_that_of_a_gate_does_not(
    admin: Browser, fair: Fair, path: str
) -> None:
    visits = {"completed": 1204, "abandoned": 17, "terminated": 2, "seconds": 9130, "last_ended_at_ms": None}
    kiosk = fair.station("Kiosk 1", reported_at=NOON, report={"unsent": 0, "alarms": [], "kiosk": visits})
    gate = fair.station("Gate 1", reported_at=NOON, report={"unsent": 0, "alarms": [], "kiosk": None})
    page = admin.read(f"{path}/{kiosk}")
    assert "Visitors at this kiosk" in page
    assert "1,204" in page
    assert "Visitors at this kiosk" not in admin.read(f"{path}/{gate}")
