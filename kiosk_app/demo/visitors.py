"""The visitors of the demo, in their order, with the expected result of each.

The mix is seeded. Every kind of visitor comes at least once; an admitted visitor may come again ("second time"), and
near the end the organiser closes the event for a while, so that good tickets are out of date.
"""

import random
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from hub_sync.contract.enums import ScanResult
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import TicketKey
from kiosk_app.demo.scenes import CodeCard, CodePose, Optics


class VisitorKind(StrEnum):
    """The kind of a visit: the code that is held up, or what is done instead."""

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
    VisitorKind.GOOD: ScanResult.VALID,
    VisitorKind.INVERTED: ScanResult.VALID,
    VisitorKind.TILTED: ScanResult.VALID,
    VisitorKind.SECOND_TIME: ScanResult.ALREADY_SCANNED,
    VisitorKind.CANCELLED: ScanResult.REVOKED,
    VisitorKind.PENDING: ScanResult.INVALID,
    VisitorKind.EXPIRED: ScanResult.EXPIRED,
    VisitorKind.ANOTHER_TENANT: ScanResult.INVALID,
    VisitorKind.FORGED: ScanResult.INVALID,
    VisitorKind.POSTER: ScanResult.INVALID,
    VisitorKind.TYPED: ScanResult.VALID,
    VisitorKind.OVERRIDDEN: ScanResult.MANUAL_OVERRIDE,
}
"""The result of each kind. OVERRIDDEN is refused first (REVOKED) and admitted at the second attempt."""

_FIRST_ROUND = (
    VisitorKind.GOOD,
    VisitorKind.CANCELLED,
    VisitorKind.INVERTED,
    VisitorKind.FORGED,
    VisitorKind.TILTED,
    VisitorKind.GOOD,
    VisitorKind.OVERRIDDEN,
    VisitorKind.SECOND_TIME,
    VisitorKind.POSTER,
)
"""Every result that a gate has comes within these, whatever the machine gets through."""
_SECOND_ROUND = (VisitorKind.ANOTHER_TENANT, VisitorKind.TYPED, VisitorKind.PENDING)
_WEIGHTS = {
    VisitorKind.GOOD: 10,
    VisitorKind.INVERTED: 3,
    VisitorKind.TILTED: 4,
    VisitorKind.SECOND_TIME: 3,
    VisitorKind.CANCELLED: 1,
    VisitorKind.PENDING: 1,
    VisitorKind.ANOTHER_TENANT: 1,
    VisitorKind.FORGED: 1,
    VisitorKind.TYPED: 1,
}

_MIN_OTHERS_BETWEEN = 4
"""A second visit comes after at least so many others, so that it is a visit of its own to the gate."""


@dataclass(frozen=True, slots=True)
class TicketHolder:
    """A registered person, as `doorward-hub demo-event --with-participants` lists them."""

    participant_id: str
    registration_code: str
    status: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit to the gate. `text` is what is held up, or typed where `kind` is TYPED."""

    kind: VisitorKind
    text: str
    card: CodeCard = field(default_factory=CodeCard)
    pose: CodePose = field(default_factory=CodePose)
    optics: Optics = field(default_factory=Optics)

    @property
    def expected(self) -> ScanResult:
        """The expected result of the visit."""
        return EXPECTED[self.kind]


class TicketIssuer:
    """Seals the demo's tickets: the genuine ones with the event's own key, as the hub's `ticket issue` does."""

    def __init__(self, key: TicketKey, tenant_id: str, event_id: str, issued_at: int) -> None:
        """Take the sealing key. `issued_at` is in Unix seconds."""
        self._key = key
        self._tenant_id, self._event_id, self._issued_at = tenant_id, event_id, issued_at
        self._forger = TicketKey("forger", secrets.token_bytes(32))

    def ticket(self, holder: TicketHolder) -> str:
        """Return a holder's ticket."""
        return self._seal(holder.participant_id, self._tenant_id, self._key)

    def foreign_ticket(self) -> str:
        """Return a genuine ticket of another tenant of the same hub."""
        return self._seal(secrets.token_hex(8), "another-tenant", self._key)

    def forgery(self) -> str:
        """Return a forged ticket, sealed with the forger's own key."""
        return self._seal(secrets.token_hex(8), self._tenant_id, self._forger)

    def _seal(self, pid: str, tenant_id: str, key: TicketKey) -> str:
        return seal_ticket(
            TicketPayload(pid=pid, tid=tenant_id, eid=self._event_id, iat=self._issued_at), key
        )


class VisitorGenerator:
    """Generates visitors. `_admitted` holds tickets of people who are inside."""

    def __init__(self, holders: Iterable[TicketHolder], issuer: TicketIssuer, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a demo, not a secret
        people: dict[str, list[TicketHolder]] = {}
        for holder in holders:
            people.setdefault(holder.status, []).append(holder)
        for holders_of_status in people.values():
            self._random.shuffle(holders_of_status)
        self._people = people
        self._issuer = issuer
        self._admitted: list[str] = []
        self._posters = 0

    def visitors(self) -> Iterator[Visitor]:
        """Yield visitors without end: first one of every kind, then a random mix."""
        for kind in (*_FIRST_ROUND, *_SECOND_ROUND):
            yield self.visitor(kind)
        while True:
            yield self.visitor(self._random.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0])

    def visitor(self, kind: VisitorKind) -> Visitor:
        """Return a visitor of one kind, at a random pose and in random light."""
        if kind is VisitorKind.SECOND_TIME and len(self._admitted) < _MIN_OTHERS_BETWEEN:
            kind = VisitorKind.GOOD
        uniform = self._random.uniform
        pose = CodePose(
            rotation=uniform(-12, 12), yaw=uniform(-12, 12), pitch=uniform(-12, 12), side=uniform(260, 380)
        )
        if kind is VisitorKind.TILTED:
            pose = CodePose(
                rotation=uniform(20, 70), yaw=uniform(20, 32), pitch=uniform(-25, 25), side=uniform(300, 380)
            )
        card = CodeCard(inverted=kind is VisitorKind.INVERTED, phone=self._random.choice([True, True, False]))
        return Visitor(
            kind, self._text(kind), card, pose, Optics(noise=uniform(1, 4), gain=uniform(0.7, 1.1))
        )

    def _text(self, kind: VisitorKind) -> str:
        match kind:
            case VisitorKind.CANCELLED | VisitorKind.OVERRIDDEN | VisitorKind.PENDING:
                text = self._issuer.ticket(
                    self._next("PENDING" if kind is VisitorKind.PENDING else "CANCELLED")
                )
            case VisitorKind.SECOND_TIME:
                text = self._admitted.pop(0)
            case VisitorKind.ANOTHER_TENANT:
                text = self._issuer.foreign_ticket()
            case VisitorKind.FORGED:
                text = self._issuer.forgery()
            case VisitorKind.POSTER:
                self._posters += 1
                text = f"https://festival.example/line-up/{self._posters}"
            case VisitorKind.TYPED:
                text = self._next("APPROVED").registration_code
            case _:
                text = self._issuer.ticket(self._next("APPROVED"))
                if kind is not VisitorKind.EXPIRED:
                    self._admitted.append(text)
        return text

    def _next(self, status: str) -> TicketHolder:
        holder = self._people[status].pop()
        if status != "APPROVED":
            self._people[status].insert(0, holder)  # refused ones may come again
        return holder
