"""A station's store with an event in it, and a gate with recording devices. Imports nothing of the hub."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hardware.errors import RelayFault
from hardware.relay import DoorFault, PulseResult
from hardware.tones import Tone
from hub_sync.client.store import FileKeyStore, StationEnrolment, Store, open_store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, ManualClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.screening import ScreeningList, ScreeningRow
from hub_sync.contract.sync import CheckpointRow, EventRow, ParticipantRow, PullPage
from hub_sync.rules.admission import Presence
from hub_sync.rules.screening import Restriction
from kiosk_app.core.gate import Gate
from tests.support.builders.people import EVENT, KEY, TENANT, key_row

GATE, DEVICE = "checkpoint-1", "device-1"
NOON = datetime(2026, 6, 11, 9, tzinfo=UTC)
EVENT_ROW: dict[str, Any] = {
    "id": EVENT,
    "tenant_id": TENANT,
    "name": "Assembly",
    "slug": "assembly",
    "starts_at_ms": epoch_ms(datetime(2026, 6, 10, 7, tzinfo=UTC)),
    "ends_at_ms": epoch_ms(datetime(2026, 6, 12, 22, tzinfo=UTC)),
    "time_zone": "Europe/Berlin",
    "capacity": 5000,
    "status": "PUBLISHED",
}
CHECKPOINT_ROW: dict[str, Any] = {
    "id": GATE,
    "event_id": EVENT,
    "name": "Main entrance",
    "type": "gate",
    "direction": "bidirectional",
    "zone": "hall-a",
    "active": True,
    "opens_at": None,
    "closes_at": None,
    "allowed_categories": None,
    "reentry": "after-exit",
    "unknown_tickets": "admit",
    "stale_roster": "warn",
    "roster_max_age_s": 43_200,
}


def pull_page(people: Iterable[ParticipantRow] = (), *, at: datetime = NOON, **changes: Any) -> PullPage:
    """Return a whole snapshot of the event with these people; `changes` are members of the page."""
    rows = tuple(people)
    members: dict[str, Any] = {
        "epoch": "epoch-1",
        "cursor": "1",
        "more": False,
        "snapshot": True,
        "total": len(rows),
        "events": (EventRow.model_validate(EVENT_ROW),),
        "checkpoints": (CheckpointRow.model_validate(CHECKPOINT_ROW),),
        "participants": rows,
        "keys": (key_row(KEY),),
        "server_time_ms": epoch_ms(at),
    }
    return PullPage.model_validate(members | changes)


def screening_list(
    restrictions: Iterable[tuple[str, Restriction]] = (), hashes: Iterable[tuple[str, Restriction]] = ()
) -> ScreeningList:
    """Return a blacklist with restrictions of participants, and of hashes of values."""
    rows = [
        ScreeningRow(
            participant_id=subject, effect=of.effect, valid_from=of.valid_from, valid_until=of.valid_until
        )
        for subject, of in restrictions
    ]
    rows += [
        ScreeningRow(
            value_hash=subject, effect=of.effect, valid_from=of.valid_from, valid_until=of.valid_until
        )
        for subject, of in hashes
    ]
    return ScreeningList(stamp="stamp-1", salt="5a" * 16, key="7e" * 32, rows=tuple(rows))


def apply_page(store: Store, pulled: PullPage) -> None:
    """Store a page as the pull loop does."""
    if pulled.snapshot:
        snapshot = store.feed.begin_snapshot()
        snapshot.add(pulled)
        store.feed.publish_snapshot(snapshot, pulled)
    else:
        store.feed.apply(pulled)
    if pulled.keys is not None:
        store.keys.replace(pulled.keys, ended=pulled.ended_keys or ())
    if pulled.operators is not None:
        store.operators.replace(pulled.operators)
    if pulled.screening is not None:
        store.screening.replace(pulled.screening)


def build_station_store(
    folder: Path, people: Iterable[ParticipantRow] = (), clock: Clock | None = None, **changes: Any
) -> Store:
    """Return the store of an enrolled station after its first pull; `changes` are members of the page."""
    store = open_store(folder, FileKeyStore(folder), clock or ManualClock(NOON), new_id)
    store.settings.save_enrolment(
        StationEnrolment(
            "http://127.0.0.1:9", DEVICE, TENANT, EVENT, GATE, "Gate 1", "gate", "dw_device-1_secret"
        )
    )
    apply_page(store, pull_page(people, **changes))
    return store


def presence_here(store: Store, participant_id: str, zone: str | None) -> Presence:
    """Return a person's presence in a zone of the event that the station serves."""
    event = store.venue.event()
    assert event is not None
    return store.presence.get(participant_id, zone, event.id)


def rows_of_hub(store: Store, participant_id: str) -> list[tuple[Any, ...]]:
    """Return the hub's presences of a person at the event that the station serves."""
    event = store.venue.event()
    assert event is not None
    return store.roster.presence_rows((participant_id,), event.id)


def reopen_store(folder: Path, clock: ManualClock | None = None) -> Store:
    """Open the store of a station again, as after a restart."""
    return open_store(folder, FileKeyStore(folder), clock or ManualClock(NOON), new_id)


@dataclass
class RecordingTurnstile:
    """A relay that counts pulses; with `broken` it reports that it could not send one."""

    pulses: int = 0
    broken: str = ""
    rows_at_pulse: list[int] = field(default_factory=list)
    store: Store | None = None

    @property
    def is_lost(self) -> bool:
        """True while it is broken."""
        return bool(self.broken)

    def pulse(self, duration_ms: int) -> PulseResult:
        """Count a pulse, and the journal's rows at that moment."""
        if self.broken:
            fault = DoorFault(RelayFault.UNPLUGGED, "/dev/ttyUSB0")
            return PulseResult(sent=False, error_message=self.broken, fault=fault)
        self.pulses += 1
        if self.store is not None:
            self.rows_at_pulse.append(sum(1 for _ in self.store.journal.rows()))
        return PulseResult(sent=True, sent_at=float(duration_ms))


@dataclass
class RecordingSpeaker:
    """A speaker that records the tones."""

    tones: list[Tone] = field(default_factory=list)

    def play(self, tone: Tone) -> None:
        """Record a tone."""
        self.tones.append(tone)


@dataclass
class BuiltGate:
    """A gate with its store, clock and devices."""

    gate: Gate
    store: Store
    clock: ManualClock
    turnstile: RecordingTurnstile
    speaker: RecordingSpeaker
    folder: Path

    def rows(self) -> int:
        """Return the number of rows in the journal."""
        return sum(1 for _ in self.store.journal.rows())

    def wait(self, **time: float) -> None:
        """Move the clock forward; arguments as of `timedelta`."""
        self.clock.advance(timedelta(**time))


def build_gate(
    folder: Path, people: Iterable[ParticipantRow] = (), *, now: datetime = NOON, **changes: Any
) -> BuiltGate:
    clock = ManualClock(now)
    store = build_station_store(folder, people, clock, **changes)
    turnstile, speaker = RecordingTurnstile(store=store), RecordingSpeaker()
    gate = Gate(
        store=store,
        timekeeper=Timekeeper(clock, store),
        clock=clock,
        new_id=new_id,
        turnstile=turnstile,
        speaker=speaker,
    )
    return BuiltGate(gate, store, clock, turnstile, speaker, folder)
