"""Parsing of a pull page, row by row: a station that is older than its hub takes what it understands.

A row that this program does not understand in whole must not stop the page: keys and revocations may be in it. What is
not understood falls to the safe side, and is reported (`PulledPage.aside`):

- a participant whose status or standing is not understood is not admitted (`UNCLEAR` in its standing);
- an event or a checkpoint with a rule that is not understood holds people (`unclear` in its row);
- a ticket key that is not understood does not replace the one of its id that the station has;
- an operator whose role is not understood is a steward, and one whose PIN is not can't sign on: the list must not become
  empty, as then nobody has to;
- a person of whom the blacklist says something that is not understood is not admitted;
- a station of the local network that is not understood is not heard, as if it were not there;
- a bulletin that is not understood is not shown, and one of an unknown priority is shown as information;
- a queue, a counter or an action of a queue that is not understood is left out: it decides about nobody's admission;
- any other row is left out, and a filler replaces what matters for no decision (a name, a capacity). The page says that
  rows are lost (`PulledPage.lost_rows`): a revocation may be among them.

Members that this program does not know are ignored. Only the page's own members (cursor, epoch, …) must be understood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, get_args

from pydantic import FailFast, StringConstraints, TypeAdapter, ValidationError

from hub_sync.client.http import errors
from hub_sync.client.http.errors import InvalidHubResponse, ResponseTooLarge
from hub_sync.contract.bulletins import MAX_BULLETINS, BulletinList, BulletinPriority, StationBulletin
from hub_sync.contract.door import DoorList
from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    Direction,
    EventStatus,
    OperatorRole,
    ParticipantStatus,
    ReentryPolicy,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.contract.lan import MAX_PEERS, PeerRow
from hub_sync.contract.operators import OperatorRow
from hub_sync.contract.queue import (
    MAX_COUNTERS,
    MAX_QUEUES,
    CounterRow,
    NumberBlock,
    QueueAction,
    QueuePull,
    QueueRow,
)
from hub_sync.contract.screening import (
    MAX_SCREENING_ROWS,
    ScreeningEffect,
    ScreeningList,
    ScreeningRow,
)
from hub_sync.contract.sync import (
    MAX_PULL_ITEMS,
    PARTICIPANT_FIELDS,
    PRESENCE_FIELDS,
    UNCLEAR,
    AssignedEvent,
    CheckpointRow,
    ConflictRow,
    EndedKeyRow,
    EventRow,
    JournalHead,
    OccupancyRow,
    ParticipantRow,
    PresenceRow,
    PullPage,
    QrKeyRow,
)
from hub_sync.contract.wire_model import WireInt, WireModel
from hub_sync.rules.times.opening_hours import parse_hour

MAX_ROWS = 4 * MAX_PULL_ITEMS
"""Rows of one kind on a page. The few rows of other kinds than participants are not counted against a pull's limit."""
MAX_ASSIGNED = 100
"""Events of one station. A longer list is not understood."""
MAX_ASIDE = 50
"""Entries in `PulledPage.aside`; a page of a much newer hub could have one for each row."""
_WORD = 40
_LONGEST_CURSOR = 1024
_LONGEST_LIST = 1000
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A value that this program does not understand. `word` is it, if it is a word of a list of words, and else ""."""

    kind: str
    row_id: str
    member: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class PulledPage:
    """A page as far as it was understood. `unclear_keys`: ids of ticket keys that were not."""

    page: PullPage
    aside: tuple[NotUnderstood, ...] = ()
    unclear_keys: frozenset[str] = frozenset()
    dropped_participants: int = 0
    """Participants without an id that can be read. They count in `PullPage.total`."""
    lost_rows: bool = False
    """True if rows are missing, of which nothing is known: they must be pulled again."""


@dataclass
class _Aside:
    entries: list[NotUnderstood] = field(default_factory=list)
    has_lost_rows: bool = False

    def add_lost(self, kind: str, row_id: object, member: str) -> None:
        self.add(kind, row_id, member)
        self.has_lost_rows = True

    def add(self, kind: str, row_id: object, member: str, value: object = "") -> None:
        if len(self.entries) < MAX_ASIDE:
            word = value[:_WORD] if isinstance(value, str) and member in _WORDS else ""
            self.entries.append(NotUnderstood(kind, str(row_id)[:_WORD], member, word))


_WORDS = frozenset(
    ("status", "type", "direction", "reentry", "unknown_tickets", "stale_roster", "time_zone", "standing")
)
"""Members whose values may be shown: no name and no code is among them."""


class _Envelope(WireModel):
    """The members of a page that must be understood."""

    epoch: Annotated[str, StringConstraints(max_length=_LONGEST_CURSOR)]
    cursor: Annotated[str, StringConstraints(max_length=_LONGEST_CURSOR)]
    more: bool
    snapshot: bool
    total: WireInt | None = None
    participant_count: WireInt | None = None
    upto: WireInt | None = None
    server_time_ms: WireInt


def parse_pull_page(value: object) -> PulledPage:
    """Return a page from its JSON value.

    Raises:
        InvalidHubResponse: It is no page.
        ResponseTooLarge: It has more rows than a page can have.
    """
    if not isinstance(value, dict):
        raise InvalidHubResponse(errors.NOT_UNDERSTOOD)
    try:
        envelope = _Envelope.model_validate(
            {name: value[name] for name in _Envelope.model_fields if name in value}
        )
    except ValidationError:
        raise InvalidHubResponse(errors.NOT_UNDERSTOOD) from None
    aside = _Aside()
    people, dropped = _participants(_rows(value, "participants", aside), aside)
    keys, unclear_keys = _keys(value, aside)
    is_bare = value.get("ended_keys") is None
    page = PullPage.model_construct(
        **dict(envelope),
        event_id=_short_text(value, "event_id") or "",
        assigned_checkpoint_id=_short_text(value, "assigned_checkpoint_id"),
        assigned_events=_assigned_events(value, aside),
        events=_models(EventRow, "events", _rows(value, "events", aside), aside),
        checkpoints=_models(CheckpointRow, "checkpoints", _rows(value, "checkpoints", aside), aside),
        participants=people,
        presence=_presence(_rows(value, "presence", aside), aside),
        occupancy=_models(OccupancyRow, "occupancy", _rows(value, "occupancy", aside), aside),
        keys=keys,
        ended_keys=None
        if is_bare
        else _models(EndedKeyRow, "ended_keys", _rows(value, "ended_keys", aside), aside),
        operators=_operators(value, aside),
        peers=_peers(value, aside),
        journals=_journals(value, aside),
        screening=_screening(value, aside),
        bulletins=_bulletins(value, aside),
        door=_door(value, aside),
        conflicts=_models(ConflictRow, "conflicts", _rows(value, "conflicts", aside), aside),
        queue=_queue(value, aside),
    )
    return PulledPage(page, tuple(aside.entries), unclear_keys, dropped, aside.has_lost_rows)


def _short_text(value: Mapping[str, Any], name: str) -> str | None:
    """Return the id in a member, None if it is not sent or not understood: then the station goes on with the one before."""
    text = value.get(name)
    return text if isinstance(text, str) and len(text) <= _LONGEST_ID else None


def _assigned_events(value: Mapping[str, Any], aside: _Aside) -> tuple[AssignedEvent, ...] | None:
    """Return the station's events, None if none are sent or one is not understood: then it has those that it had."""
    if not isinstance(value.get("assigned_events"), list) or not value["assigned_events"]:
        return None
    rows = _rows(value, "assigned_events", aside)[: MAX_ASSIGNED + 1]
    events = tuple(_valid(_ASSIGNED, rows))
    if len(events) != len(rows) or len(rows) > MAX_ASSIGNED:
        aside.add("assigned_events", "", "")
        return None
    return events


def _rows(value: Mapping[str, Any], kind: str, aside: _Aside) -> list[Any]:
    rows = value.get(kind, [])
    if not isinstance(rows, list):
        aside.add_lost(kind, "", "")
        return []
    if len(rows) > MAX_ROWS:
        raise ResponseTooLarge(errors.TOO_LARGE)
    return rows


# --- participants and presences: plain lists -------------------------------------------------------

_PEOPLE = TypeAdapter(Annotated[tuple[ParticipantRow, ...], FailFast()])
_PERSON_TYPES = tuple(TypeAdapter[Any](of) for of in get_args(ParticipantRow))
_PERSON_FILLERS: dict[str, Any] = {
    "first_name": "",
    "last_name": "",
    "code": "",
    "category": "",
    "version": 0,
    "status": ParticipantStatus.PENDING,
    "standing": "",
    "tickets_valid_from": 0,
    "group_ref": "",
}
"""The id has none. A row without it names nobody."""
_PERSON_BENIGN = frozenset(("first_name", "last_name", "code", "version", "group_ref"))
"""Members that matter for no decision about a ticket."""
_STANDING = PARTICIPANT_FIELDS.index("standing")
_STRONG = ("deleted", "blocked:", "merged:", UNCLEAR)


def _participants(rows: list[Any], aside: _Aside) -> tuple[tuple[ParticipantRow, ...], int]:
    """Return the participants, and the number of rows that name nobody."""
    try:
        return _PEOPLE.validate_python(rows), 0
    except ValidationError:
        pass  # at least one row is not understood: each on its own
    people = [person for row in rows if (person := _participant(row, aside)) is not None]
    return tuple(people), len(rows) - len(people)


def _participant(row: Any, aside: _Aside) -> ParticipantRow | None:
    if not isinstance(row, list) or not row or not isinstance(row[0], str) or not row[0]:
        aside.add_lost("participants", "", "id")
        return None
    values: list[Any] = []
    unclear = ""
    for position, (name, of) in enumerate(zip(PARTICIPANT_FIELDS, _PERSON_TYPES, strict=True)):
        if position >= len(row):  # of a hub that is older than this program
            values.append(_PERSON_FILLERS[name])
            continue
        try:
            values.append(of.validate_python(row[position]))
        except ValidationError:
            aside.add("participants", row[0], name, row[position])
            values.append(_PERSON_FILLERS[name])
            if name not in _PERSON_BENIGN:
                unclear = unclear or name
    if unclear and not values[_STANDING].startswith(_STRONG):
        values[_STANDING] = f"{UNCLEAR}{unclear}"
    return tuple(values)


_PRESENCES = TypeAdapter(Annotated[tuple[PresenceRow, ...], FailFast()])
_PRESENCE = TypeAdapter(PresenceRow)
_DIRECTION = PRESENCE_FIELDS.index("direction")
_PRESENCE_FILLERS = {"entered_at_ms": 0, "left_others_at_ms": 0}
"""Members that a hub older than this program does not send, all at the end."""


def _presence(rows: list[Any], aside: _Aside) -> tuple[PresenceRow, ...]:
    try:
        return _PRESENCES.validate_python(rows)
    except ValidationError:
        pass
    understood = []
    for row in rows:
        whole = row[: len(PRESENCE_FIELDS)] if isinstance(row, list) else []
        whole = [*whole, *(_PRESENCE_FILLERS.get(name) for name in PRESENCE_FIELDS[len(whole) :])]
        try:
            understood.append(_PRESENCE.validate_python(whole))
        except ValidationError:
            aside.add("presence", whole[1], "direction", whole[_DIRECTION])
            # Somebody whose last passage is not understood counts as inside: a second entry is a question.
            filled = [Direction.ENTRY if at == _DIRECTION else part for at, part in enumerate(whole)]
            presences = list(_valid(_PRESENCE, [filled]))
            if not presences:
                aside.add_lost("presence", "", "")
            understood.extend(presences)
    return tuple(understood)


# --- events, checkpoints and the rest: objects ------------------------------------------------------

_Model = TypeVar("_Model", bound=WireModel)
_FILLERS: dict[type[WireModel], dict[str, Any]] = {
    EventRow: {
        "name": "",
        "slug": "",
        "capacity": None,
        "starts_at_ms": 0,
        "ends_at_ms": 0,
        "doors_open_at_ms": None,
        "doors_close_at_ms": None,
        "day_begins_at": "04:00",
        "everyone_leaves_at": None,
        "time_zone": "UTC",
        "status": EventStatus.DRAFT,
        "deleted": False,
    },
    CheckpointRow: {
        "name": "",
        "type": CheckpointType.GATE,
        "direction": CheckpointDirection.BIDIRECTIONAL,
        "zone": None,
        "active": True,
        "opens_at": None,
        "closes_at": None,
        "allowed_categories": (),
        "reentry": ReentryPolicy.ONCE,
        "reentry_minutes": None,
        "reentry_limit": None,
        "unknown_tickets": UnknownTicketPolicy.HOLD,
        "stale_roster": StaleRosterPolicy.HOLD,
        "roster_max_age_s": 0,
        "leaves_zones": False,
        "deleted": False,
    },
}
"""What stands where a member is not understood. Rows of other models are left out then."""
_BENIGN = frozenset(("name", "slug", "capacity", "type", "unknown_tickets", "stale_roster"))
"""Members whose fillers are safe on their own: the others make the row unclear."""


def _models(model: type[_Model], kind: str, rows: list[Any], aside: _Aside) -> tuple[_Model, ...]:
    understood = []
    for row in rows:
        if isinstance(row, dict) and any(_is_long(member) for member in row.values()):
            _leave_out(model, kind, row.get("id", ""), "", aside)  # each item would be an error of its own
            continue
        try:
            understood.append(_checked(model.model_validate(row), kind, aside))
        except ValidationError as wrong:
            understood.extend(_filled(model, kind, row, wrong, aside))
    return tuple(understood)


def _leave_out(model: type[WireModel], kind: str, row_id: object, member: str, aside: _Aside) -> None:
    """Note a row that is left out. A ticket key is sent again while its digest differs, a count with its next change.

    A key that has ended changes only the words of a refusal.
    """
    if model in (QrKeyRow, EndedKeyRow, OccupancyRow):
        aside.add(kind, row_id, member)
    else:
        aside.add_lost(kind, row_id, member)


def _is_long(member: object) -> bool:
    return isinstance(member, list | dict) and len(member) > _LONGEST_LIST


def _filled(
    model: type[_Model], kind: str, row: Any, wrong: ValidationError, aside: _Aside
) -> Iterable[_Model]:
    row_id = row.get("id", "") if isinstance(row, dict) else ""
    names = [
        str(error["loc"][0]) for error in wrong.errors(include_url=False, include_input=False) if error["loc"]
    ]
    fillers = _FILLERS.get(model, {})
    if not names or any(name not in fillers for name in names):
        _leave_out(model, kind, row_id, names[0] if names else "", aside)
        return ()
    for name in names:
        aside.add(kind, row_id, name, row.get(name))
    unclear = tuple(sorted({name for name in names if name not in _BENIGN}))
    whole = row | {name: fillers[name] for name in names} | {"unclear": unclear}
    return (_checked(model.model_validate(whole), kind, aside),)


_HOURS: dict[type[WireModel], tuple[str, ...]] = {
    EventRow: ("day_begins_at", "everyone_leaves_at"),
    CheckpointRow: ("opens_at", "closes_at"),
}


def _checked(row: _Model, kind: str, aside: _Aside) -> _Model:
    """Check the times of day, whose form the model does not know."""
    wrong = [name for name in _HOURS.get(type(row), ()) if not _is_hour(getattr(row, name, None))]
    if not wrong:
        return row
    for name in wrong:
        aside.add(kind, getattr(row, "id", ""), name)
    filled = {name: _FILLERS[type(row)][name] for name in wrong}
    return row.model_copy(update=filled | {"unclear": (*getattr(row, "unclear", ()), *wrong)})


def _is_hour(text: str | None) -> bool:
    try:
        parse_hour(text)
    except ValueError:
        return False
    return True


# --- ticket keys -----------------------------------------------------------------------------------


def _keys(value: Mapping[str, Any], aside: _Aside) -> tuple[tuple[QrKeyRow, ...] | None, frozenset[str]]:
    """Return the ticket keys, None if the page has none that can be believed, and the ids of unclear ones.

    A hub always has a ticket key. An empty list would make every ticket a forgery, so it is not believed.
    """
    if value.get("keys") is None:
        return None, frozenset()
    rows = _rows(value, "keys", aside)
    keys = _models(QrKeyRow, "keys", rows, aside)
    kids = {str(row["kid"]) for row in rows if isinstance(row, dict) and isinstance(row.get("kid"), str)}
    unclear = frozenset(kids - {key.kid for key in keys})
    if not keys:
        aside.add("keys", "", "keys")
        return None, unclear
    return keys, unclear


# --- operators -------------------------------------------------------------------------------------

_OPERATOR_FILLERS: dict[str, Any] = {"role": OperatorRole.STEWARD, "verifier": ""}


def _operators(value: Mapping[str, Any], aside: _Aside) -> tuple[OperatorRow, ...] | None:
    """Return the operators, None if there are none that can be read: then those before stay."""
    if value.get("operators") is None:
        return None
    rows = _rows(value, "operators", aside)
    operators = tuple(operator for row in rows if (operator := _operator(row, aside)) is not None)
    return operators if operators or value["operators"] == [] else None


def _operator(row: Any, aside: _Aside) -> OperatorRow | None:
    row_id = row.get("id", "") if isinstance(row, dict) else ""
    try:
        return OperatorRow.model_validate(row)
    except ValidationError as wrong:
        names = [str(error["loc"][0]) if error["loc"] else "" for error in wrong.errors(include_url=False)]
    aside.add("operators", row_id, names[0])
    if not set(names) <= set(_OPERATOR_FILLERS):
        return None
    return OperatorRow.model_validate(row | {name: _OPERATOR_FILLERS[name] for name in names})


# --- stations of the local network -----------------------------------------------------------------

_PEER = TypeAdapter(PeerRow)
_ASSIGNED = TypeAdapter(AssignedEvent)


def _peers(value: Mapping[str, Any], aside: _Aside) -> tuple[PeerRow, ...] | None:
    """Return the event's other stations, None if none are sent. One that is not understood is not heard: that harms nobody."""
    if not isinstance(value.get("peers"), list):
        return None
    return tuple(_valid(_PEER, _rows(value, "peers", aside)))[:MAX_PEERS]


# --- the blacklist ---------------------------------------------------------------------------------

_SCREENING_ROW = TypeAdapter(ScreeningRow)


def _screening(value: Mapping[str, Any], aside: _Aside) -> ScreeningList | None:
    """Return the blacklist, None if none is sent or its head is not understood: then the list before holds.

    A row whose effect is not understood blocks for good if it is about a participant: it may be a ban. Any other row is left out.
    """
    sent = value.get("screening")
    if not isinstance(sent, dict):
        return None
    rows = sent.get("rows", [])
    if not isinstance(rows, list) or len(rows) > MAX_SCREENING_ROWS:
        aside.add("screening", "", "rows")
        return None
    try:
        head = ScreeningList.model_validate({**sent, "rows": ()})
    except ValidationError:
        aside.add("screening", "", "")
        return None
    understood = (row for each in rows if (row := _screening_row(each, aside)) is not None)
    return head.model_copy(update={"rows": tuple(understood)})


def _screening_row(row: Any, aside: _Aside) -> ScreeningRow | None:
    try:
        return _SCREENING_ROW.validate_python(row)
    except ValidationError:
        participant_id = row.get("participant_id") if isinstance(row, dict) else None
    aside.add("screening", participant_id or "", "effect")
    if not isinstance(participant_id, str) or not 0 < len(participant_id) <= _LONGEST_ID:
        return None
    return ScreeningRow(participant_id=participant_id, effect=ScreeningEffect.BLOCK)


# --- bulletins -------------------------------------------------------------------------------------

_BULLETIN = TypeAdapter(StationBulletin)
_PRIORITIES = frozenset(BulletinPriority)


def _bulletins(value: Mapping[str, Any], aside: _Aside) -> BulletinList | None:
    """Return the list of bulletins, None if none is sent or its head is not understood: then the list before holds."""
    sent = value.get("bulletins")
    if not isinstance(sent, dict) or not isinstance(sent.get("bulletins", []), list):
        return None
    try:
        head = BulletinList.model_validate({**sent, "bulletins": ()})
    except ValidationError:
        aside.add("bulletins", "", "")
        return None
    rows = [
        row if row.get("priority") in _PRIORITIES else row | {"priority": BulletinPriority.INFO}
        for row in sent.get("bulletins", ())[:MAX_BULLETINS]
        if isinstance(row, dict)
    ]
    return head.model_copy(update={"bulletins": tuple(_valid(_BULLETIN, rows))})


# --- the waitlist at the door ----------------------------------------------------------------------


def _door(value: Mapping[str, Any], aside: _Aside) -> DoorList | None:
    """Return the seats that this gate may give, None if none are sent or they are not understood: then the list before holds."""
    sent = value.get("door")
    if sent is None:
        return None
    try:
        return DoorList.model_validate(sent)
    except ValidationError:
        aside.add("door", "", "")
        return None


# --- queues ----------------------------------------------------------------------------------------

_QUEUE_ROWS: dict[str, tuple[TypeAdapter[Any], int]] = {
    "queues": (TypeAdapter(QueueRow), MAX_QUEUES),
    "counters": (TypeAdapter(CounterRow), MAX_COUNTERS),
    "actions": (TypeAdapter(QueueAction), MAX_ROWS),
    "blocks": (TypeAdapter(NumberBlock), MAX_ROWS),
}
"""The rows of `QueuePull`, and how many of a kind are taken."""
_QUEUE_TEXTS = {"lane": 4, "status_url": _LONGEST_CURSOR, "day": 10}
"""The texts of `QueuePull`, and how long they may be. One that is not understood is not sent."""


def _queue(value: Mapping[str, Any], aside: _Aside) -> QueuePull | None:
    """Return what is said of queues, None if nothing is. A row that is not understood is left out, and nothing else with it."""
    queue = value.get("queue")
    if not isinstance(queue, dict):
        if queue is not None:
            aside.add("queue", "", "")
        return None
    members: dict[str, Any] = {
        name: tuple(_queue_rows(name, queue.get(name), aside)) for name in _QUEUE_ROWS if name in queue
    }
    if not isinstance(queue.get("blocks"), list):
        members["blocks"] = None
    for name, longest in _QUEUE_TEXTS.items():
        text = queue.get(name)
        if isinstance(text, str) and len(text) <= longest and (name != "lane" or text.isalpha()):
            members[name] = text
    if isinstance(queue.get("is_on"), bool):
        members["is_on"] = queue["is_on"]
    return QueuePull.model_construct(**members)


def _queue_rows(name: str, rows: Any, aside: _Aside) -> Iterable[Any]:
    adapter, most = _QUEUE_ROWS[name]
    if not isinstance(rows, list):
        return
    for row in rows[:most]:
        try:
            yield adapter.validate_python(row)
        except ValidationError as wrong:
            row_id = row.get("id", "") if isinstance(row, dict) else ""
            place = wrong.errors(include_url=False, include_input=False)[0]["loc"]
            aside.add(f"queue {name}", row_id, str(place[0]) if place else "")


_JOURNAL = TypeAdapter(JournalHead)


def _journals(value: Mapping[str, Any], aside: _Aside) -> tuple[JournalHead, ...] | None:
    """Return how far the hub has each journal, None if that is not sent. Of one that is not understood, the hub has nothing."""
    if not isinstance(value.get("journals"), list):
        return None
    return tuple(_valid(_JOURNAL, _rows(value, "journals", aside)))


def _valid(adapter: TypeAdapter[Any], rows: Iterable[Any]) -> Iterable[Any]:
    for row in rows:
        try:
            yield adapter.validate_python(row)
        except ValidationError:
            continue
