"""A station's store with an event in it, and the devices at a gate, for tests that need no hub."""

import base64
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hardware.relay import PulseResult
from hardware.tones import Tone
from hub_sync.client.store import Enrolment, FileCustody, Store, open_store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import SetClock, epoch_ms
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import CheckpointRow, EventRow, ParticipantRow, PullPage, QrKeyRow
from hub_sync.rules.ticket_codec import TicketKey, TicketPayload, seal_ticket
from kiosk_app.core.gate import Gate

KEY = TicketKey("k1", bytes(range(32)))
TENANT, EVENT, GATE, DEVICE = "tenant-1", "event-1", "checkpoint-1", "device-1"
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


def person(pid: str, name: str = "Ada Lovelace", status: str = "APPROVED", **rest: str) -> ParticipantRow:
    first, _, last = name.partition(" ")
    code = rest.get("code", f"REG-{pid}")
    return (
        pid,
        first,
        last,
        code,
        ParticipantStatus(status),
        rest.get("category", "delegate"),
        rest.get("standing", ""),
        1,
    )


def ticket(pid: str, *, tenant: str = TENANT, event: str = EVENT, key: TicketKey = KEY) -> str:
    return seal_ticket(TicketPayload(pid=pid, tid=tenant, eid=event, iat=1), key)


def sealed(plain: bytes) -> str:
    """A genuine seal around whatever bytes."""
    rest = b"\x00" * 12 + AESGCM(KEY.material).encrypt(b"\x00" * 12, plain, None)
    return base64.urlsafe_b64encode(struct.pack(">I", zlib.crc32(rest)) + rest).rstrip(b"=").decode()


def page(people: Iterable[ParticipantRow] = (), *, at: datetime = NOON, **rest: Any) -> PullPage:
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
        "keys": (QrKeyRow(kid=KEY.kid, material=KEY.material.hex(), not_before_ms=None, not_after_ms=None),),
        "server_time_ms": epoch_ms(at),
    }
    return PullPage.model_validate(members | rest)


def pull(store: Store, pulled: PullPage) -> None:
    """Let a store take a page as the pull lane does."""
    if pulled.snapshot:
        snapshot = store.feed.begin_snapshot()
        snapshot.add(pulled)
        store.feed.adopt(snapshot, pulled)
    else:
        store.feed.apply(pulled)
    if pulled.keys is not None:
        store.keys.replace(pulled.keys)


def station_store(
    folder: Path, people: Iterable[ParticipantRow] = (), clock: SetClock | None = None, **rest: Any
) -> Store:
    """An enrolled station's store after its first pull."""
    store = open_store(folder, FileCustody(folder), clock or SetClock(NOON), new_id)
    store.settings.enrol(
        Enrolment("http://127.0.0.1:9", DEVICE, TENANT, EVENT, GATE, "Gate 1", "gate", "dw_device-1_secret")
    )
    pull(store, page(people, **rest))
    return store


@dataclass
class RecordingTurnstile:
    """Counts pulses; `broken` makes it say that it could not."""

    pulses: int = 0
    broken: str = ""
    rows_at_pulse: list[int] = field(default_factory=list)
    store: Store | None = None

    def pulse(self, duration_ms: int) -> PulseResult:
        if self.broken:
            return PulseResult(sent=False, error_message=self.broken)
        self.pulses += 1
        if self.store is not None:
            self.rows_at_pulse.append(sum(1 for _ in self.store.journal.rows()))
        return PulseResult(sent=True, sent_at=float(duration_ms))


@dataclass
class RecordingSpeaker:
    """Remembers the tones."""

    tones: list[Tone] = field(default_factory=list)

    def play(self, tone: Tone) -> None:
        self.tones.append(tone)


@dataclass
class AtTheGate:
    """A gate and all that it acts on."""

    gate: Gate
    store: Store
    clock: SetClock
    turnstile: RecordingTurnstile
    speaker: RecordingSpeaker

    def rows(self) -> int:
        return sum(1 for _ in self.store.journal.rows())

    def wait(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))


def at_the_gate(
    folder: Path, people: Iterable[ParticipantRow] = (), *, now: datetime = NOON, **rest: Any
) -> AtTheGate:
    clock = SetClock(now)
    store = station_store(folder, people, clock, **rest)
    turnstile, speaker = RecordingTurnstile(store=store), RecordingSpeaker()
    gate = Gate(
        store=store,
        timekeeper=Timekeeper(clock, store),
        clock=clock,
        new_id=new_id,
        turnstile=turnstile,
        speaker=speaker,
    )
    return AtTheGate(gate, store, clock, turnstile, speaker)
