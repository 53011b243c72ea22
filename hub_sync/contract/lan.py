"""Wire models of the local network: the stations of an event that the hub hands out, and what they tell each other.

Datagrams are described in `client/lan/datagrams.py`. Decision: `docs/adr/0068-admissions-on-the-local-network.md`.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field

from hub_sync.contract.enums import Direction
from hub_sync.contract.queue import QueueAction

MAX_PEERS = 64
"""Stations of one event that tell each other admissions. Further ones are not on the list."""
MAX_ADDRESSES = 4
MAX_PEOPLE = 32
"""People in one datagram."""
MAX_ZONES = 64
MAX_ENTRY_SEQUENCES = 32
"""The newest entries of a person into a zone whose sequences a station tells."""
MAX_GIVEN_BACK = 8
"""The newest admissions of a person that were given back, and that a station tells."""
_Count = Annotated[int, Field(ge=0, lt=2**52)]
_Age = Annotated[int, Field(gt=-(2**45), lt=2**45)]
_Id = Annotated[str, Field(max_length=64)]
_Port = Annotated[int, Field(ge=1, le=65_535)]
Address = Annotated[str, Field(max_length=45)]
"""An IP address."""


class _LanModel(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PeerRow(_LanModel):
    """Another active station of the same event, with its public key and where it last said that it listens.

    `profile` is one of `DeviceProfile`, or a newer hub's own; "": the hub is older, and the station is believed in all it may be.
    """

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(max_length=200)
    public_key: str = Field(max_length=256)
    addresses: Annotated[tuple[Address, ...], FailFast()] = Field(default=(), max_length=MAX_ADDRESSES)
    port: _Port | None = None
    profile: str = Field(default="", max_length=32)


def peers_digest(peers: Iterable[PeerRow]) -> str:
    """Return the digest of a list of stations, whatever their order. That of an empty list differs from ""."""
    lines = sorted(
        f"{row.id} {row.public_key} {','.join(row.addresses)} {row.port} {row.profile} {row.name}"
        for row in peers
    )
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


class LanReport(_LanModel):
    """The local network as a station sees it: where it listens, and how many stations of its event it hears."""

    addresses: Annotated[tuple[Address, ...], FailFast()] = Field(
        default=(), max_length=MAX_ADDRESSES, examples=[["192.0.2.21"]]
    )
    port: _Port | None = Field(
        default=None, description="The UDP port; null: it does not listen.", examples=[47471]
    )
    listed: _Count = Field(default=0, description="Other stations of the event, as the hub lists them.")
    heard: _Count = Field(default=0, description="Those of them that it hears now.")
    by_list: _Count = Field(
        default=0, description="Those of them that it hears by the addresses that the hub has, not by mDNS."
    )


# --- what stations tell each other ------------------------------------------------------------------

PeerPassage = tuple[
    _Id,
    Direction,
    _Age,
    _Count,
    _Count,
    _Age | None,
    _Age | None,
    Annotated[tuple[_Count, ...], FailFast(), Field(max_length=MAX_ENTRY_SEQUENCES)],
]
"""Where a person is by the sender's own scans, in one zone: zone, direction, age in milliseconds, sequence, entries, age of
the last entry, age of the last scan with which the person left every other zone (None: never), sequences of the newest entries."""
PeerBefore = tuple[_Id, Direction, _Age, _Id, _Count, _Count, _Age | None, _Age | None]
"""The hub's row of a person from before a scan, as the sender had it: zone, direction, age, device, sequence, entries, age of the
last entry, age of the last scan with which the person left every other zone."""
PeerGivenBack = tuple[
    _Count,
    _Count,
    _Id,
    Direction,
    Annotated[tuple[PeerBefore, ...], FailFast(), Field(max_length=MAX_ZONES)],
]
"""An admission of the sender that it has given back: sequence of the scan, of the row that gave it back, zone, direction, and the
hub's rows from before it. The hub's rows count it until they include the row that gave it back."""
PeerPerson = tuple[
    _Id,
    _Id,
    Annotated[tuple[PeerPassage, ...], FailFast(), Field(max_length=MAX_ZONES)],
    _Count,
    Annotated[tuple[PeerGivenBack, ...], FailFast(), Field(max_length=MAX_GIVEN_BACK)],
]
"""A participant, the checkpoint of the last scan, all zones, the sequence of the sender's newest row about the person, and what was
given back. No zone: no scan of the sender counts any more."""


PeerSeal = tuple[
    Annotated[str, Field(max_length=4_096)],
    Annotated[str, Field(pattern="^[0-9a-f]{128}$")],
]
"""The sender's newest seal, as `contract.seals.SealItem`: the text of its statement, and the signature."""


MAX_QUEUE_ACTIONS = 16
"""Actions of queues in one datagram."""
MAX_CLAIMED = 24
"""Tickets in one claim."""
PeerClaim = tuple[_Id, Annotated[tuple[_Id, ...], FailFast(), Field(max_length=MAX_CLAIMED)]]
"""The sender wants to call the first of these tickets that nobody has: id of the claim, ids of tickets in their order."""
PeerClaimAnswer = tuple[_Id, _Id]
"""The id of a claim, and the ticket that it is granted; "": none of them is free."""


class PeerMessage(_LanModel):
    """The content of a sealed datagram.

    `journal` and `head` are the sender's journal and its last position. `confirmed` is the position up to which the sender
    has the receiver's journal `confirmed_journal`. `seal` is the sender's newest seal, which the receiver keeps as an anchor. `people` were concerned by the rows after `after` up to `upto`,
    `queue_actions` are the rows among them that are about queues; the last of them has the number `queue_number` in `journal`, 0: it is
    of an earlier journal, whose rows the hub has. `has_queues`: the sender has this event's queues, and answers claims.
    """

    journal: _Id = ""
    head: _Count = 0
    confirmed_journal: _Id = ""
    confirmed: _Count = 0
    after: _Count = 0
    upto: _Count = 0
    seal: PeerSeal | None = None
    people: Annotated[tuple[PeerPerson, ...], FailFast()] = Field(default=(), max_length=MAX_PEOPLE)
    queue_actions: Annotated[tuple[QueueAction, ...], FailFast()] = Field(
        default=(), max_length=MAX_QUEUE_ACTIONS
    )
    queue_number: _Count = 0
    has_queues: bool = False
    claim: PeerClaim | None = None
    claim_answer: PeerClaimAnswer | None = None
