"""The decision vectors that rules, station and hub all run, each played out in a real database through the hub's own gate.

The hub has no roster age, trusts its clock and understands its own rules, so that it runs the vectors whose `sure` is true
and `roster_age_s` 0, and whose event and checkpoint are not `unclear`.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import CheckpointType, Direction, QrFormat
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import Override
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.scans.schemas import ScanRequest
from hub_sync.hub.domains.check_in.scans.service import Scanned, Scanner, scan
from hub_sync.hub.domains.check_in.tables import AccessLog, ZonePresence
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from hub_sync.rules.tickets.signed_ticket import sign_ticket
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import SignatureKey, TicketKey
from tests.support.thorough import THOROUGH

FILE = Path(__file__).parents[5] / "data" / "decision-vectors.json"
DATA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
VECTORS = [
    vector
    for vector in DATA["vectors"]
    if vector.get("sure", True)
    and vector.get("roster_age_s", 0) == 0
    and not any(vector.get(row, {}).get("unclear") for row in ("event", "checkpoint"))
]
STRANGER = "nobody-here"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"] if THOROUGH else ["sqlite"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubContext]:
    """Yield one migrated hub for all vectors; each has a tenant of its own.

    What decides is no SQL: PostgreSQL has its turn in the thorough run.
    """
    data = tmp_path_factory.mktemp("hub")
    url, name = "", f"doorward_{uuid4().hex}"
    if request.param == "postgresql":
        postgres_url = request.getfixturevalue("postgres_url")
        server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    settings = HubSettings(data=data, database_url=url)
    if url:
        database = Database(url)
        state.upgrade(database)
        database.close()
    else:
        shutil.copy(request.getfixturevalue("migrated_sqlite"), data / "hub.db")
    hub = build_context(settings, ManualClock(datetime(2026, 6, 11, 9, tzinfo=UTC)), new_id)
    yield hub
    hub.uow.database.close()
    if request.param == "postgresql":
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def whole(vector: dict[str, Any]) -> dict[str, Any]:
    """Return the vector merged over its defaults."""
    defaults = DATA["defaults"]
    merged = {**defaults, **vector}
    for name in ("presence", "event", "checkpoint"):
        merged[name] = {**defaults[name], **vector.get(name, {})}
    person = vector.get("person")
    merged["person"] = None if person is None else {**defaults["person_defaults"], **person}
    return merged


def ended_key(tenant_id: str) -> SignatureKey:
    """Return a key of the tenant that has ended."""
    return SignatureKey.from_seed("ended", bytes(32), tenant_id, not_after=datetime(2026, 1, 1, tzinfo=UTC))


def code_of(kind: str, key: TicketKey, payload: TicketPayload) -> str:
    """Return a code of the kind that the vector names."""
    foreign = TicketKey("foreign", bytes(32))
    good = seal_ticket(payload, key)
    codes = {
        "good": good,
        "not_a_ticket": "https://example.org/poster",
        "damaged": good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "forged": seal_ticket(payload, foreign),
        "outdated": sign_ticket(replace(payload, v=2), ended_key(payload.tid)),
        "unsupported": seal_ticket(TicketPayload(payload.pid, payload.tid, payload.eid, 1, v=2), key),
        "malformed": seal_ticket(TicketPayload("", payload.tid, payload.eid, 1), key),
        "wrong_tenant": seal_ticket(TicketPayload(payload.pid, "another", payload.eid, 1), key),
        "wrong_event": seal_ticket(TicketPayload(payload.pid, payload.tid, "another", 1), key),
    }
    return codes[kind]


def signed_code(hub: HubContext, vector: dict[str, Any], payload: TicketPayload) -> str:
    """Return a ticket of version 2 with the vector's validity."""
    not_before, not_after = (
        int(datetime.fromisoformat(at).timestamp()) if (at := vector[name]) else None
        for name in ("not_before", "not_after")
    )
    with hub.uow.read() as work:
        key = tenants.key_ring(work, hub.secret_box, payload.tid).signing_key(work.now())
    return sign_ticket(replace(payload, v=2, not_before=not_before, not_after=not_after), key)


def play(hub: HubContext, vector: dict[str, Any]) -> tuple[Scanned, str]:
    """Create the event of the vector, scan once, and return the outcome and the tenant's id."""
    clock = hub.clock
    assert isinstance(clock, ManualClock)
    clock.at = datetime.fromisoformat(vector["now"])
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug=new_id(), name="T")
        zone = {
            "time_zone": "Europe/Berlin"
        }  # an unknown one is refused, and comes only with a newer hub's database
        new_event = events.NewEvent.model_validate({"slug": "e", "name": "E", **vector["event"], **zone})
        event = events.create(work, tenant.id, new_event)
        event.time_zone = vector["event"]["time_zone"]
        point = {"name": "Gate", "type": CheckpointType.GATE, **vector["checkpoint"]}
        gate = check_in.create_checkpoint(
            work, tenant.id, event.id, check_in.NewCheckpoint.model_validate(point)
        )
        if vector["person"] is not None:
            register(work, tenant.id, event.id, vector["person"])
        remember(work, tenant.id, event.id, gate.zone or "", vector["presence"])
        (key,) = tenants.ticket_keys(work, hub.secret_box, tenant.id)
        assert isinstance(key, TicketKey)
        tenants.add_key(work, hub.secret_box, tenant.id, ended_key(tenant.id), "generated")
        tenants.set_format(work, hub.secret_box, tenant.id, QrFormat.V2)
    pid = "p-1" if vector["person"] is not None else STRANGER
    payload = TicketPayload(pid, tenant.id, event.id, vector["issued_at"])
    if vector["ticket"] == "none":
        named = {"registration_code": " reg-0o1 " if vector["person"] is not None else "REG-999"}
    elif vector["not_before"] or vector["not_after"]:
        named = {"ticket": signed_code(hub, vector, payload)}
    else:
        named = {"ticket": code_of(vector["ticket"], key, payload)}
    override = Override(reason="let them in", operator="Ola") if vector["override"] else None
    request = ScanRequest(
        id=UUID(new_id()),
        checkpoint_id=gate.id,
        direction=Direction(vector["direction"]),
        **named,
    )
    with hub.uow.begin() as work:
        ring = tenants.key_ring(work, hub.secret_box, tenant.id)
        return scan(work, ring, Scanner(tenant.id, event.id, "desk"), request, override), tenant.id


def register(work: Work, tenant_id: str, event_id: str, person: dict[str, Any]) -> None:
    new = {
        "id": "p-1",
        "registration_code": "REG-001",
        "status": person["status"],
        "category": person["category"],
    }
    row = participants.create(work, tenant_id, event_id, participants.NewParticipant.model_validate(new))
    if person["standing"] == "deleted":
        participants.delete(work, tenant_id, event_id, "p-1")
    elif person["standing"]:
        row.standing = person["standing"]
    for position, (effect, first, last) in enumerate(person["restrictions"]):
        kind, value = (("email", "ada@example.org"), ("phone", "+49301234567"))[position]
        entry = NewBlacklistEntry.model_validate(
            {
                "kind": kind,
                "value": value,
                "action": effect.upper(),
                "valid_from": first,
                "valid_until": last,
            }
        )
        blacklist.create(work, tenant_id, entry)
    if person["restrictions"]:
        row.email, row.phone = "ada@example.org", "+49301234567"
        work.session.flush()
        participants.review_people(work, FeedKey(tenant_id, event_id), ["p-1"])
    if person["tickets_valid_from"]:
        row.tickets_valid_from = datetime.fromtimestamp(person["tickets_valid_from"], UTC)


def remember(work: Work, tenant_id: str, event_id: str, zone: str, presence: dict[str, Any]) -> None:
    """Earlier passages, made as the gate would have made them: enter, leave, enter."""
    if not presence["entries"]:
        return
    at_ms, entered_at_ms = (
        epoch_ms(
            datetime.fromisoformat(presence[name]) if presence[name] else work.now() - timedelta(hours=1)
        )
        for name in ("last_at", "entered_at")
    )
    work.session.add(
        ZonePresence(
            tenant_id=tenant_id,
            id=work.new_id(),
            event_id=event_id,
            zone=zone,
            participant_id="p-1",
            direction=Direction.ENTRY if presence["inside"] else Direction.EXIT,
            at_ms=at_ms,
            device_id="earlier",
            sequence=1,
            entries=presence["entries"],
            entered_at_ms=entered_at_ms,
        )
    )


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_hub_decides_as_the_vector_says(hub: HubContext, vector: dict[str, Any]) -> None:
    scanned, tenant_id = play(hub, whole(vector))
    decision, expected = scanned.decision, vector["expect"]
    assert {
        "result": decision.result.value,
        "reason": decision.reason.value,
        "occupancy_change": decision.occupancy_change,
        "overridable": decision.overridable,
        "marks": [mark.value for mark in decision.marks],
        "override_asked": decision.override_asked,
    } == expected
    with hub.uow.read() as work:
        row = work.session.get(AccessLog, (tenant_id, scanned.id))
        assert row is not None
        assert (row.result, row.reason_code, row.marks) == (
            decision.result,
            decision.reason,
            expected["marks"],
        )
        assert (row.override_by == "Ola") is (decision.result.value == "MANUAL_OVERRIDE")


def test_most_vectors_apply_to_the_hub() -> None:
    assert len(VECTORS) > 50
