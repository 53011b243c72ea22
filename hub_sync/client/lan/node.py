"""This station in the local network, one turn at a time: read what came, store it, confirm it, tell what is new.

What comes is taken only from stations of the hub's list. It is stored before it is confirmed, and never decides anything by itself.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from typing import Protocol

import orjson
import structlog
from pydantic import ValidationError

from hub_sync.client.lan.exchange import JournalPosition, follows
from hub_sync.client.lan.peer_link import HEARTBEAT_MS, PeerLink
from hub_sync.client.lan.sessions import NAME_BYTES, name_of, sender_name
from hub_sync.client.lan.socket import (
    PEER_DATAGRAMS_A_SECOND,
    PEER_DATAGRAMS_A_TURN,
    Endpoint,
    ReadingBudget,
)
from hub_sync.client.lan.status import LanStatus
from hub_sync.client.lan.ticket_claims import TicketClaim, TicketClaims
from hub_sync.client.store.journal.peer_presence import ChangedPeople, StationClocks
from hub_sync.client.store.queue.actions import HeardAction
from hub_sync.client.store.queue.issuers import IssuerLookup
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.lan import (
    MAX_PEOPLE,
    MAX_QUEUE_ACTIONS,
    PeerClaim,
    PeerMessage,
    PeerPerson,
    PeerRow,
    PeerSeal,
)
from hub_sync.contract.queue import QueueAction
from hub_sync.contract.seals import SealItem, SealStatement
from hub_sync.rules.evidence.verification import is_signed

LIST_EVERY_MS = 1_000
COVERED_EVERY_MS = 30_000
SEALS_EVERY_MS = 10_000
"""The time between two seals of one station that are stored."""
_CONTENT_BYTES = 1_100
"""Datagrams are not larger, so that none is cut in two on its way. One person in many zones may be."""
_THROTTLED_MS = 20
log = structlog.get_logger(__name__)


class Wire(Protocol):
    """The interface of a socket to a node: `LanSocket` is one."""

    address: str
    port: int

    def follow(self, endpoints: Collection[Endpoint]) -> None:
        """Keep the datagrams of these addresses apart from all others, if that is possible."""
        ...

    def receive_from_peers(self, limit: int) -> Iterable[tuple[bytes, Endpoint]]:
        """Return up to `limit` datagrams that came from addresses which are followed."""
        ...

    def receive(self, limit: int) -> Iterable[tuple[bytes, Endpoint]]:
        """Return up to `limit` other datagrams that are there."""
        ...

    def send(self, datagram: bytes, to: Endpoint) -> None:
        """Send a datagram, or lose it."""
        ...


def event_tag(enrolment: StationEnrolment) -> bytes:
    """Return what the stations of one event have in common."""
    return f"{enrolment.tenant_id}\0{enrolment.event_id}".encode()


def announced_event(enrolment: StationEnrolment) -> str:
    """Return the event as it is announced by mDNS: strangers learn nothing from it."""
    return sha256(b"doorward mdns\0" + event_tag(enrolment)).hexdigest()[:16]


class LanNode:
    """The exchange with all stations of the list. Belongs to one thread, which has opened `store` for it."""

    def __init__(
        self,
        store: Store,
        wire: Wire,
        clock: Clock,
        enrolment: StationEnrolment,
        *,
        heard_of: Callable[[], Mapping[str, tuple[Endpoint, ...]]] = dict,
        on_told: Callable[[tuple[str, ...]], None] = lambda _: None,
        budget: ReadingBudget | None = None,
    ) -> None:
        """Take the parts.

        Args:
            store: the thread's session.
            wire: the socket.
            clock: the station's clock.
            enrolment: the station's identity, with the event that it serves: of another event, nobody is heard.
            heard_of: where others are, as mDNS has it.
            on_told: called with the people of whom others told, once that is stored.
            budget: how many datagrams are read.

        Raises:
            StoreError: the store could not be read.
        """
        self._store, self._wire, self._clock, self._enrolment = store, wire, clock, enrolment
        self._peers = store.peers.of(store.slot_of(enrolment.event_id))
        self._heard_of, self._on_told = heard_of, on_told
        self._budget = budget or ReadingBudget()
        self._peer_budget = ReadingBudget(PEER_DATAGRAMS_A_SECOND, PEER_DATAGRAMS_A_TURN)
        self._key = store.device_key.get_or_create()
        self._timekeeper = Timekeeper(clock, store)
        store.peer_presence.write_lazily()
        self._links: dict[str, PeerLink] = {}
        self._by_name: dict[bytes, PeerLink] = {}
        self._rows: tuple[PeerRow, ...] = ()
        self._positions = {
            device_id: JournalPosition(*place)
            for device_id, place in store.peer_presence.positions(enrolment.event_id).items()
        }
        self._own = JournalPosition(*store.peer_presence.own_position())
        self._own_changed = False
        self._changed: dict[int, ChangedPeople] = {}
        """What was read in this turn, by the position before it: most stations are told the same."""
        self._is_throttled = self._is_peer_throttled = False
        self._seal: PeerSeal | None = None
        self._peer_seals: dict[str, tuple[PeerSeal | None, int]] = {}
        self._has_queues = False
        self._claims = TicketClaims(store, clock, enrolment.device_id, self._send_claim)
        self._list_ms = self._covered_ms = clock.monotonic_ms() - COVERED_EVERY_MS
        self._covered_after = ""

    @property
    def has_current_key(self) -> bool:
        """True unless the station has made another key pair since: the node's neighbours know it by the one before."""
        return self._store.device_key.get_or_create().secret == self._key.secret

    @property
    def name(self) -> str:
        """This station's name in datagrams and in mDNS."""
        return name_of(self._key.public).hex()

    @property
    def is_throttled(self) -> bool:
        """True if more datagrams of strangers come than are read: wait a moment, without looking at them."""
        return self._is_throttled

    @property
    def is_peer_throttled(self) -> bool:
        """As `is_throttled`, for datagrams that come from the addresses of stations."""
        return self._is_peer_throttled

    def status(self) -> LanStatus:
        """Return the state of the network."""
        now_ms, heard_of = self._clock.monotonic_ms(), self._heard_of()
        states = (link.state(now_ms, heard_of) for link in self._links.values())
        return LanStatus(
            self._wire.address, self._wire.port, tuple(sorted(states, key=lambda peer: (peer.name, peer.id)))
        )

    def claim(self, claim: TicketClaim) -> None:
        """Find out with the next turns who has a queue ticket. May be called from any thread."""
        self._claims.submit(claim)

    def stop(self) -> None:
        """End what is under way."""
        self._claims.stop()

    def note_written(self) -> None:
        """Look for new rows of this station's journal with the next turn."""
        self._own_changed = True

    def run_once(self) -> int:
        """Take one turn. Return the number of milliseconds after which the next one is due if nothing comes.

        Raises:
            StoreError: the store failed. What was received is not confirmed, and comes again.
        """
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._list_ms >= LIST_EVERY_MS:
            self._list_ms, self._own_changed = now_ms, True
            self._read_list()
            seal = self._store.seals.newest()
            self._seal = None if seal is None else (seal.statement, seal.signature)
            self._has_queues = self._store.queue.settings_of(self._enrolment.event_id) is not None
        if self._own_changed:
            self._own, self._own_changed = JournalPosition(*self._store.peer_presence.own_position()), False
        self._store_messages(self._receive(now_ms))
        self._changed.clear()
        claims_due_ms = self._claims.run_once(
            [link.row.id for link in self._links.values() if link.has_queues and link.is_heard(now_ms)]
        )
        for link in self._links.values():
            self._speak(link, now_ms)
        self._wire.follow(
            {link.endpoint for link in self._links.values() if link.endpoint and link.is_heard(now_ms)}
        )
        if now_ms - self._covered_ms >= (0 if self._covered_after else COVERED_EVERY_MS):
            self._covered_ms = now_ms
            self._covered_after = self._store.peer_presence.remove_covered(
                self._enrolment.event_id, self._covered_after
            )
        pause_ms = self._pause_ms(now_ms)
        return pause_ms if claims_due_ms is None else min(pause_ms, claims_due_ms)

    # --- who is on the list --------------------------------------------------------------------------

    def _read_list(self) -> None:
        rows = self._peers.all() if self._store.access.is_active else ()
        if rows == self._rows:
            return
        self._rows = rows
        links: dict[str, PeerLink] = {}
        for row in rows:
            link = self._links.get(row.id)
            if link is not None and link.row.public_key == row.public_key:
                link.row = row
            else:
                link = PeerLink.create(self._key, row, event_tag(self._enrolment))
            if link is not None:
                links[row.id] = link
        self._links = links
        self._by_name = {link.name: link for link in links.values()}

    # --- what comes ----------------------------------------------------------------------------------

    def _receive(self, now_ms: int) -> list[tuple[PeerLink, PeerMessage]]:
        limit, peer_limit = self._budget.available(now_ms), self._peer_budget.available(now_ms)
        messages: list[tuple[PeerLink, PeerMessage]] = []
        from_peers = self._read(self._wire.receive_from_peers(peer_limit), messages, now_ms)
        from_strangers = self._read(self._wire.receive(limit), messages, now_ms)
        self._peer_budget.spend(from_peers)
        self._budget.spend(from_strangers)
        self._is_peer_throttled, self._is_throttled = from_peers >= peer_limit, from_strangers >= limit
        return messages

    def _read(
        self,
        datagrams: Iterable[tuple[bytes, Endpoint]],
        messages: list[tuple[PeerLink, PeerMessage]],
        now_ms: int,
    ) -> int:
        """Open datagrams, add what they contain to `messages`, and return how many there were."""
        count = 0
        for datagram, sender in datagrams:
            count += 1
            name = sender_name(datagram)
            link = None if name is None else self._by_name.get(name[:NAME_BYTES])
            if link is not None and (message := self._open(link, datagram, sender, now_ms)) is not None:
                messages.append((link, message))
        return count

    def _open(self, link: PeerLink, datagram: bytes, sender: Endpoint, now_ms: int) -> PeerMessage | None:
        opened = link.session.receive(datagram)
        if opened.answer is not None and link.may_answer(now_ms):
            self._wire.send(opened.answer, sender)
        if opened.is_new_session:
            link.exchange.restart()
            link.endpoint, link.spoke_ms = sender, None
        if opened.content is None:
            return None
        link.record_heard(sender, now_ms, epoch_ms(self._clock.now()))
        try:
            message = PeerMessage.model_validate_json(opened.content)
        except ValidationError:
            log.warning("peer_message_not_understood", device=link.row.id)
            return None
        link.exchange.take_confirmation(message, self._own, now_ms)
        link.has_queues = message.has_queues
        return message

    def _store_messages(self, messages: Iterable[tuple[PeerLink, PeerMessage]]) -> None:
        """Store what follows what is stored, all in one transaction, and confirm it."""
        received: list[tuple[str, tuple[str, int], tuple[PeerPerson, ...]]] = []
        positions, speakers = dict(self._positions), {}
        actions: list[HeardAction] = []
        for link, message in messages:
            self._keep_seal(link.row, message.seal)
            self._take_claim(link, message)
            if message.upto > message.after:
                speakers[link.row.id] = link
                if follows(message, positions.get(link.row.id, JournalPosition("", 0))):
                    positions[link.row.id] = JournalPosition(message.journal, message.upto)
                    received.append((link.row.id, (message.journal, message.upto), message.people))
                    actions += self._actions_of(link.row, message)
        if received:
            clocks = StationClocks(
                epoch_ms(self._timekeeper.read().now), self._clock.monotonic_ms(), self._clock.boot_id
            )
            self._store.peer_presence.store(
                self._enrolment.event_id,
                received,
                clocks,
                lambda: self._store.queue.add_of_peers(actions),
            )
            self._positions = positions
            self._on_told(tuple(person[0] for *_, people in received for person in people))
        for link in speakers.values():
            self._send(link, PeerMessage())

    def _actions_of(self, row: PeerRow, message: PeerMessage) -> list[HeardAction]:
        """Return the actions of queues that a station told of its own journal and may do, if this station has the event's queues."""
        if not self._has_queues:
            return []
        event_id, issuers = self._enrolment.event_id, IssuerLookup(self._store.queue.actions)
        return [
            HeardAction(action, message.journal, min(message.queue_number, message.upto))
            for action in message.queue_actions
            if action.device_id == row.id
            and action.event_id == event_id
            and issuers.allows(row.profile, action)
        ]

    def _take_claim(self, link: PeerLink, message: PeerMessage) -> None:
        """Answer a claim of another station, and take its answer to one of this station."""
        if message.claim is not None and self._has_queues:
            granted = self._claims.answer(message.claim, link.row.id)
            self._send(link, PeerMessage(claim_answer=(message.claim[0], granted)))
        if message.claim_answer is not None:
            self._claims.take_answer(*message.claim_answer, link.row.id)

    def _send_claim(self, device_id: str, claim: PeerClaim) -> None:
        if (link := self._links.get(device_id)) is not None:
            self._send(link, PeerMessage(claim=claim))

    def _keep_seal(self, row: PeerRow, seal: PeerSeal | None) -> None:
        """Store another station's newest seal, seldom: one that seals all the time must not keep this disk busy."""
        now_ms = self._clock.monotonic_ms()
        before, stored_ms = self._peer_seals.get(row.id, (None, now_ms - SEALS_EVERY_MS))
        if seal is None or seal == before or now_ms - stored_ms < SEALS_EVERY_MS:
            return
        self._peer_seals[row.id] = (seal, now_ms)
        if _is_seal_of(row, *seal):
            statement, signature = seal
            self._store.seals.record_peer_seal(row.id, SealItem(statement=statement, signature=signature))
        else:
            log.warning("peer_seal_not_proven", device=row.id)

    # --- what is told --------------------------------------------------------------------------------

    def _speak(self, link: PeerLink, now_ms: int) -> None:
        if link.needs_hello(now_ms):
            hello = link.session.hello()
            for endpoint in link.endpoints(self._heard_of()):
                self._wire.send(hello, endpoint)
        while (after := link.exchange.next_position(self._own, now_ms)) is not None:
            self._tell(link, after, now_ms)
        if link.needs_heartbeat(now_ms):
            self._send(link, PeerMessage())

    def _tell(self, link: PeerLink, after: int, now_ms: int) -> None:
        """Send one datagram with the people of the rows after a position."""
        changed = self._changed.get(after)
        if changed is None:
            presence = self._store.peer_presence
            start = after or presence.first_position()
            changed = presence.changes(start, self._enrolment.event_id, epoch_ms(self._timekeeper.read().now))
            self._changed[after] = changed
        people: list[PeerPerson] = []
        actions: list[QueueAction] = []
        size, upto, number = 0, changed.upto, 0
        rows: list[tuple[int, PeerPerson | QueueAction]] = [*changed.people, *changed.queue_actions]
        for position, row in sorted(rows, key=lambda each: each[0]):
            size += _size_of(row)
            is_full = len(people) == MAX_PEOPLE or len(actions) == MAX_QUEUE_ACTIONS
            if (people or actions) and (size > _CONTENT_BYTES or is_full):
                upto = position - 1
                break
            if isinstance(row, QueueAction):
                actions.append(row)
                number = max(0, position - changed.base)
            else:
                people.append(row)
        message = PeerMessage(
            after=after,
            upto=max(upto, after + 1),
            people=tuple(people),
            queue_actions=tuple(actions),
            queue_number=number,
        )
        self._send(link, message)
        link.exchange.record_sent(max(upto, after + 1), now_ms)

    def _send(self, link: PeerLink, message: PeerMessage) -> None:
        if link.endpoint is None or not link.session.is_open:
            return
        confirmed = self._positions.get(link.row.id, JournalPosition("", 0))
        whole = message.model_copy(
            update={
                "journal": self._own.journal,
                "head": self._own.position,
                "confirmed_journal": confirmed.journal,
                "confirmed": confirmed.position,
                "has_queues": self._has_queues,
                "seal": None if message.people or message.queue_actions else self._seal_for(link),
            }
        )
        content = orjson.dumps(whole.model_dump(mode="json", exclude_defaults=True))
        self._wire.send(link.session.seal(content), link.endpoint)
        link.spoke_ms = self._clock.monotonic_ms()

    def _seal_for(self, link: PeerLink) -> PeerSeal | None:
        """Return this station's newest seal, if a station has not got it yet, or may have lost it."""
        now_ms = self._clock.monotonic_ms()
        if self._seal == link.sent_seal and now_ms - link.sent_seal_ms < SEALS_EVERY_MS:
            return None
        link.sent_seal, link.sent_seal_ms = self._seal, now_ms
        return self._seal

    def _pause_ms(self, now_ms: int) -> int:
        if self._is_throttled or self._is_peer_throttled:
            return _THROTTLED_MS
        if self._covered_after:
            return 0
        due = [link.exchange.due_in_ms(self._own, now_ms) for link in self._links.values()]
        return min([LIST_EVERY_MS, HEARTBEAT_MS, *(each for each in due if each is not None)])


def _size_of(row: PeerPerson | QueueAction) -> int:
    if isinstance(row, QueueAction):
        return len(row.model_dump_json(exclude_defaults=True))
    return len(orjson.dumps(row))


def _is_seal_of(row: PeerRow, statement: str, signature: str) -> bool:
    """Return True if a seal is signed with the key that the hub lists for a station, and is about that station's journal."""
    try:
        sealed = SealStatement.model_validate_json(statement)
    except ValidationError:
        return False
    is_own = sealed.device_id == row.id and sealed.key == row.public_key
    return is_own and is_signed(sealed.key, statement, signature)
