"""Who comes to the demo's gate, in which order, and what must become of each.

The mix is seeded. Every kind of visitor comes at least once; who has been let in may come again ("second time"), and
near the end the organiser closes the event for a while, so that good tickets are out of date.
"""

import random
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from hub_sync.contract.enums import ScanResult
from hub_sync.rules.ticket_codec import TicketKey, TicketPayload, seal_ticket
from kiosk_app.demo.scenes import CodeCard, CodePose, Optics


class Kind(StrEnum):
    """What is held up, or done instead of holding something up."""

    GOOD = "good"
    INVERTED = "inverted"
    TILTED = "tilted"
    SECOND_TIME = "second_time"
    CANCELLED = "cancelled"
    PENDING = "pending"
    EXPIRED = "expired"
    ANOTHER_TENANT = "another_tenant"
    FORGED = "forged"
    POSTER = "poster"
    TYPED = "typed"
    OVERRIDDEN = "overridden"


EXPECTED = {
    Kind.GOOD: ScanResult.VALID,
    Kind.INVERTED: ScanResult.VALID,
    Kind.TILTED: ScanResult.VALID,
    Kind.SECOND_TIME: ScanResult.ALREADY_SCANNED,
    Kind.CANCELLED: ScanResult.REVOKED,
    Kind.PENDING: ScanResult.INVALID,
    Kind.EXPIRED: ScanResult.EXPIRED,
    Kind.ANOTHER_TENANT: ScanResult.INVALID,
    Kind.FORGED: ScanResult.INVALID,
    Kind.POSTER: ScanResult.INVALID,
    Kind.TYPED: ScanResult.VALID,
    Kind.OVERRIDDEN: ScanResult.MANUAL_OVERRIDE,
}
"""An overridden one is refused first (REVOKED) and admitted at the second attempt."""

_OPENING = (
    Kind.GOOD,
    Kind.CANCELLED,
    Kind.INVERTED,
    Kind.FORGED,
    Kind.TILTED,
    Kind.POSTER,
    Kind.GOOD,
    Kind.OVERRIDDEN,
)
_OPENING_REST = (Kind.SECOND_TIME, Kind.ANOTHER_TENANT, Kind.TYPED, Kind.PENDING)
_WEIGHTS = {
    Kind.GOOD: 10,
    Kind.INVERTED: 3,
    Kind.TILTED: 4,
    Kind.SECOND_TIME: 3,
    Kind.CANCELLED: 1,
    Kind.PENDING: 1,
    Kind.ANOTHER_TENANT: 1,
    Kind.FORGED: 1,
    Kind.TYPED: 1,
}

_LATELY = 4
"""A second visit comes after at least so many others, so that it is a visit of its own to the gate."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who registered, as `doorward-hub demo-event --with-participants` lists them."""

    participant_id: str
    registration_code: str
    status: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit to the gate. `text` is what is held up, or typed where `kind` is TYPED."""

    kind: Kind
    text: str
    card: CodeCard = field(default_factory=CodeCard)
    pose: CodePose = field(default_factory=CodePose)
    optics: Optics = field(default_factory=Optics)

    @property
    def expected(self) -> ScanResult:
        """What the gate must say in the end."""
        return EXPECTED[self.kind]


class TicketPrinter:
    """Seals the demo's tickets: the genuine ones with the event's own key, as the hub's `ticket issue` does."""

    def __init__(self, key: TicketKey, tenant_id: str, event_id: str, issued_at: int) -> None:
        """`issued_at` in Unix seconds."""
        self._key = key
        self._tenant_id, self._event_id, self._issued_at = tenant_id, event_id, issued_at
        self._forger = TicketKey("forger", secrets.token_bytes(32))

    def ticket(self, holder: Holder) -> str:
        """A holder's ticket."""
        return self._seal(holder.participant_id, self._tenant_id, self._key)

    def foreign_ticket(self) -> str:
        """A genuine ticket of another tenant of the same hub."""
        return self._seal(secrets.token_hex(8), "another-tenant", self._key)

    def forgery(self) -> str:
        """Looks like a ticket and is sealed with a key of the forger's own."""
        return self._seal(secrets.token_hex(8), self._tenant_id, self._forger)

    def _seal(self, pid: str, tenant_id: str, key: TicketKey) -> str:
        return seal_ticket(
            TicketPayload(pid=pid, tid=tenant_id, eid=self._event_id, iat=self._issued_at), key
        )


class Cast:
    """Draws visitors. `been` holds tickets of people who are inside."""

    def __init__(self, holders: Iterable[Holder], printer: TicketPrinter, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a play, not a secret
        people: dict[str, list[Holder]] = {}
        for holder in holders:
            people.setdefault(holder.status, []).append(holder)
        for those in people.values():
            self._random.shuffle(those)
        self._people = people
        self._printer = printer
        self._been: list[str] = []
        self._posters = 0

    def visitors(self) -> Iterator[Visitor]:
        """One after the other without end: first every kind, then a crowd."""
        for kind in (*_OPENING, *_OPENING_REST):
            yield self.visitor(kind)
        while True:
            yield self.visitor(self._random.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0])

    def visitor(self, kind: Kind) -> Visitor:
        """A visitor of one kind, at a pose and in a light of their own."""
        if kind is Kind.SECOND_TIME and len(self._been) < _LATELY:
            kind = Kind.GOOD
        turn = self._random.uniform
        pose = CodePose(rotation=turn(-12, 12), yaw=turn(-12, 12), pitch=turn(-12, 12), side=turn(260, 380))
        if kind is Kind.TILTED:
            pose = CodePose(rotation=turn(20, 70), yaw=turn(20, 32), pitch=turn(-25, 25), side=turn(300, 380))
        card = CodeCard(inverted=kind is Kind.INVERTED, phone=self._random.choice([True, True, False]))
        return Visitor(kind, self._text(kind), card, pose, Optics(noise=turn(1, 4), gain=turn(0.7, 1.1)))

    def _text(self, kind: Kind) -> str:
        match kind:
            case Kind.CANCELLED | Kind.OVERRIDDEN | Kind.PENDING:
                text = self._printer.ticket(self._next("PENDING" if kind is Kind.PENDING else "CANCELLED"))
            case Kind.SECOND_TIME:
                text = self._been.pop(0)
            case Kind.ANOTHER_TENANT:
                text = self._printer.foreign_ticket()
            case Kind.FORGED:
                text = self._printer.forgery()
            case Kind.POSTER:
                self._posters += 1
                text = f"https://festival.example/line-up/{self._posters}"
            case Kind.TYPED:
                text = self._next("APPROVED").registration_code
            case _:
                text = self._printer.ticket(self._next("APPROVED"))
                if kind is not Kind.EXPIRED:
                    self._been.append(text)
        return text

    def _next(self, status: str) -> Holder:
        holder = self._people[status].pop()
        if status != "APPROVED":
            self._people[status].insert(0, holder)  # refused ones may come again
        return holder
