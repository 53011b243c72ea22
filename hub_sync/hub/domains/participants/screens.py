"""Screens: what other domains say about people who register or change, and the standings that participants get by it.

A domain has a screen in its module `screening`, as `SCREEN`. Participants call it and know none of them: the blacklist stands
on participants. Stations get standings with their next pull.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Row, bindparam, or_, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import BLOCKED, MERGED
from hub_sync.hub.domains import parts
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants.errors import EventFull, RegistrationRefused
from hub_sync.hub.domains.participants.manifest import PARTICIPANT_SCREENED, ParticipantUpdated
from hub_sync.hub.domains.participants.persons import find_by_ids
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.screening import FROM_MILD_TO_STRICT, join_standings


class PersonData(NamedTuple):
    """What screens compare of one person."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    extra: Mapping[str, Any]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


SCREENED_FIELDS = frozenset(PersonData._fields)


class Screening(NamedTuple):
    """The result for one person. `standing` is that of the participant ("" is good); `is_blocked`: they may not register."""

    standing: str = ""
    is_blocked: bool = False
    findings: Sequence[Any] = ()


class PersonScreen(Protocol):
    """What a domain's module `screening` has as `SCREEN`. The feed of the event is locked when it is called."""

    def screen(self, work: Work, key: FeedKey, people: Sequence[PersonData]) -> Sequence[Screening]:
        """Return the result for each of these people. It writes nothing."""

    def record(self, work: Work, key: FeedKey, results: Mapping[str, Screening]) -> None:
        """Store the results of people who are registered now, by their ids."""

    def note_refused(self, work: Work, key: FeedKey, refused: Sequence[tuple[PersonData, Screening]]) -> None:
        """Record that people were not registered, by the results of `screen`. The feed of the event is not locked."""

    def review(self, work: Work, key: FeedKey, people: Mapping[str, PersonData]) -> Mapping[str, str]:
        """Screen registered people again, store the results, and return the standing of each, by their ids."""

    def forget(self, work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
        """Remove what is stored about people who are deleted."""


@cache
def _screens() -> tuple[PersonScreen, ...]:
    return tuple(module.SCREEN for module in parts("screening"))


def data_of(row: Any) -> PersonData:
    """Return what screens compare, of a participant, of a row of its columns, or of a new one."""
    return PersonData(row.first_name, row.last_name, row.email, row.phone, row.extra or {})


def data_of_values(values: Mapping[str, Any]) -> PersonData:
    """Return what screens compare, of values by their fields, some of which may be missing."""
    return PersonData(
        values.get("first_name") or "",
        values.get("last_name") or "",
        values.get("email"),
        values.get("phone"),
        values.get("extra") or {},
    )


def screen_new(work: Work, key: FeedKey, people: Sequence[PersonData]) -> list[Screening]:
    """Return the result for each of these people, who are about to be registered.

    Raises:
        RegistrationRefused: one of them may not register (409). It does not say why, nor by what; the screens record it.
    """
    results = list(screen(work, key, people))
    refused = [(person, result) for person, result in zip(people, results, strict=True) if result.is_blocked]
    if refused:
        error = RegistrationRefused()
        error.after_rollback = (partial(_note_refused, key=key, refused=refused),)
        raise error
    return results


def note_refused(work: Work, key: FeedKey, people: Sequence[PersonData]) -> None:
    """Record that people were not registered whom a screen blocks: an import leaves them out before it runs."""
    results = screen(work, key, people)
    refused = [(person, result) for person, result in zip(people, results, strict=True) if result.is_blocked]
    if refused:
        _note_refused(work, key, refused)


def _note_refused(work: Work, key: FeedKey, refused: Sequence[tuple[PersonData, Screening]]) -> None:
    for each in _screens():
        each.note_refused(work, key, refused)


def screen(work: Work, key: FeedKey, people: Sequence[PersonData]) -> Sequence[Screening]:
    """Return the result for each of these people: the strictest of all screens."""
    results: Sequence[Screening] = [Screening()] * len(people)
    for each in _screens():
        pairs = zip(results, each.screen(work, key, people), strict=True)
        results = [max(pair, key=_strictness) if pair[1].standing else pair[0] for pair in pairs]
    return results


def record(work: Work, key: FeedKey, results: Mapping[str, Screening]) -> None:
    """Store the results of people who are registered now, by their ids."""
    noted = {id_: result for id_, result in results.items() if result.findings}
    if noted:
        for each in _screens():
            each.record(work, key, noted)


def review(work: Work, key: FeedKey, people: Mapping[str, PersonData]) -> dict[str, str]:
    """Screen registered people again and return the standing of each, by their ids."""
    standings = dict.fromkeys(people, "")
    for each in _screens():
        for id_, standing in each.review(work, key, people).items():
            standings[id_] = join_standings(standings[id_], standing)
    return standings


def forget(work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
    """Remove what screens store about people who are deleted."""
    for each in _screens():
        each.forget(work, key, participant_ids)


def may_be_set(standing: str) -> bool:
    """Return True for a standing that a screen may replace: its own ones and none. That of a merged or deleted participant stays."""
    return standing in FROM_MILD_TO_STRICT


def _strictness(result: Screening) -> int:
    return FROM_MILD_TO_STRICT.index(result.standing)


# --- people who are registered --------------------------------------------------------------------

_P = Participant
SCREENED_AT_ONCE = 500
_SCREENED = (
    select(_P.id, _P.first_name, _P.last_name, _P.email, _P.phone, _P.extra, _P.standing)
    .where(
        _P.tenant_id == bindparam("t"),
        _P.event_id == bindparam("e"),
        or_(_P.deleted_at.is_(None), _P.standing.like(MERGED + "%")),
        _P.id > bindparam("after"),
    )
    .order_by(_P.id)
    .limit(bindparam("rows"))
)

_MERGED = select(_P.id, _P.first_name, _P.last_name, _P.email, _P.phone, _P.extra, _P.standing).where(
    _P.tenant_id == bindparam("t"),
    _P.event_id == bindparam("e"),
    _P.standing.in_(bindparam("standings", expanding=True)),
)
_LONGEST_CHAIN = 16
"""As in `persons`."""
_WITH_STANDING = select(_P.id).where(
    _P.tenant_id == bindparam("t"), _P.event_id == bindparam("e"), _P.standing.in_(FROM_MILD_TO_STRICT[1:])
)


def screened_page(work: Work, key: FeedKey, after_id: str, limit: int) -> Sequence[Row[Any]]:
    """Return id, standing and what screens compare of the event's participants, by id, after `after_id` ("" starts)."""
    bound = {"t": key.tenant_id, "e": key.event_id, "after": after_id, "rows": limit}
    return work.fetch_all(_SCREENED, bound)


def screened_ids(work: Work, key: FeedKey) -> frozenset[str]:
    """Return the participants of the event whom a screen has given a standing."""
    rows = work.fetch_all(_WITH_STANDING, {"t": key.tenant_id, "e": key.event_id})
    return frozenset(row.id for row in rows)


def review_people(work: Work, key: FeedKey, participant_ids: Iterable[str]) -> int:
    """Screen participants again and give each the standing that results; return how many have another one now.

    Deleted participants stay what they are. A merged one counts as the one into whom it was merged, whose standing is the strictest
    of both: a merge lets nobody in.

    Args:
        work: the transaction.
        key: tenant and event.
        participant_ids: at most `SCREENED_AT_ONCE` participants of the event.
    """
    wanted = sorted({named.person.id for named in find_by_ids(work.session, key, participant_ids).values()})
    query = (
        select(_P)
        .where(_P.tenant_id == key.tenant_id, _P.event_id == key.event_id, _P.id.in_(wanted))
        .order_by(_P.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    people = {person.id: person for person in work.session.scalars(query) if may_be_set(person.standing)}
    return _set(work, key, people, screened_standings(work, key, people))


def require_unblocked(work: Work, key: FeedKey, participant_id: str) -> None:
    """Screen somebody again who is about to get a seat, and check that no screen blocks them.

    Raises:
        RegistrationRefused: one does (409); as when they register, the screens record it.
    """
    review_people(work, key, [participant_id])
    person = work.session.get(_P, (key.tenant_id, participant_id))
    if person is not None and person.standing == BLOCKED:
        error = RegistrationRefused()
        error.after_rollback = (partial(note_refused, key=key, people=[data_of(person)]),)
        raise error


def screened_standings(work: Work, key: FeedKey, people: Mapping[str, Participant]) -> Mapping[str, str]:
    """Screen registered people and those who were merged into them; return the strictest standing of each, by their ids.

    The feed of the event is locked, so that the lists of screens stay as they are until the transaction ends.
    """
    change_feed.lock(work.session, key)
    rows: dict[str, Any] = dict(people)
    survivors = {id_: id_ for id_ in people}
    latest = set(people)
    for _ in range(_LONGEST_CHAIN):
        bound = {"t": key.tenant_id, "e": key.event_id, "standings": [MERGED + id_ for id_ in sorted(latest)]}
        merged = work.fetch_all(_MERGED, bound) if latest else ()
        latest = {row.id for row in merged} - survivors.keys()
        rows |= {row.id: row for row in merged if row.id in latest}
        survivors |= {
            row.id: survivors[row.standing.removeprefix(MERGED)] for row in merged if row.id in latest
        }
        if not latest:
            break
    reviewed = review(work, key, {id_: data_of(row) for id_, row in rows.items()})
    standings = dict.fromkeys(people, "")
    for id_, standing in reviewed.items():
        standings[survivors[id_]] = join_standings(standings[survivors[id_]], standing)
    return standings


def _set(work: Work, key: FeedKey, people: Mapping[str, Participant], standings: Mapping[str, str]) -> int:
    changed = [person for id_, person in people.items() if person.standing != standings[id_]]
    for person in changed:
        before = {"event_id": key.event_id, "standing": person.standing}
        person.standing = standings[person.id]
        person.version += 1
        after = {"event_id": key.event_id, "standing": person.standing}
        audit.record(work, key.tenant_id, PARTICIPANT_SCREENED, person.id, before=before, after=after)
        updated = ParticipantUpdated(
            entity_id=person.id, event_id=key.event_id, changed=["standing"], version=person.version
        )
        domain_events.emit(work, key.tenant_id, updated)
    work.session.flush()
    return len(changed)


# --- seats ---------------------------------------------------------------------------------------

SEATED = frozenset((ParticipantStatus.PENDING, ParticipantStatus.APPROVED))


class Seating(Protocol):
    """A domain's word on seats: `SEATING` in its module `seating`. The waitlist has one, since it stands on participants."""

    def find_seats(
        self, work: Work, key: FeedKey, categories: Sequence[str], participant_id: str | None
    ) -> Sequence[bool]:
        """Return for each of some people, in their order, if the event has a seat for them, under the lock of the event's feed.

        Args:
            work: the transaction.
            key: tenant and event.
            categories: the category of each.
            participant_id: the participant, if one is registered already.
        """


@cache
def _seatings() -> tuple[Seating, ...]:
    return tuple(module.SEATING for module in parts("seating") if hasattr(module, "SEATING"))


def require_seats(
    work: Work, key: FeedKey, categories: Sequence[str], participant_id: str | None = None
) -> None:
    """Check that people of these categories may take seats.

    Raises:
        EventFull: the event has none for them (409).
    """
    if not all(find_seats(work, key, categories, participant_id)):
        raise EventFull


def find_seats(
    work: Work, key: FeedKey, categories: Sequence[str], participant_id: str | None = None
) -> Sequence[bool]:
    """Return for each of some people, by their categories and in their order, if they may take a seat."""
    if not categories:
        return ()
    each_says = [each.find_seats(work, key, categories, participant_id) for each in _seatings()]
    return [all(says) for says in zip([True] * len(categories), *each_says, strict=True)]
