"""The screen of the blacklist: participants call it when somebody registers, changes or is deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.blacklist import attempts, hits
from hub_sync.hub.domains.blacklist.matching import (
    KEPT_INDEX,
    NO_VALUES,
    Match,
    PersonReader,
    PersonValues,
    ScreeningIndex,
    holds_any,
    load_index,
)
from hub_sync.hub.domains.blacklist.tables import HitStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.service import PersonData, Screening
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey


def time_zone_of(work: Work, key: FeedKey) -> str:
    """Return the time zone of an event, deleted or not."""
    (event,) = events.list_of_ids(work, key.tenant_id, [key.event_id])
    zone: str = event.time_zone
    return zone


class BlacklistScreen:
    """Screens people against the entries of the tenant and of the event."""

    def screen(self, work: Work, key: FeedKey, people: Sequence[PersonData]) -> Sequence[Screening]:
        """Return the result for each of these people; the strictest entry that holds today decides."""
        zone, values, index = _prepare(work, key, people)
        if not index:
            return [Screening()] * len(people)
        day = hits.today(work, zone)
        results = []
        for person in values:
            matches = index.matches(person)
            standing = hits.standing_of([(match.entry, HitStatus.PENDING) for match in matches], day)
            results.append(Screening(standing, standing == BLOCKED, matches))
        return results

    def record(self, work: Work, key: FeedKey, results: Mapping[str, Screening]) -> None:
        """Store the hits of people who are registered now."""
        for participant_id, result in results.items():
            matches: Sequence[Match] = result.findings
            hits.add(work, key, participant_id, matches)

    def note_refused(self, work: Work, key: FeedKey, refused: Sequence[tuple[PersonData, Screening]]) -> None:
        """Record the entries that blocked people."""
        day = hits.today(work, time_zone_of(work, key))
        blocked = [(person, _blocking(result.findings, day)) for person, result in refused]
        attempts.add(work, key, blocked)

    def review(self, work: Work, key: FeedKey, people: Mapping[str, PersonData]) -> Mapping[str, str]:
        """Screen registered people again, and return the standing of each."""
        zone, values, index = _prepare(work, key, list(people.values()))
        matches = {id_: index.matches(person) for id_, person in zip(people, values, strict=True)}
        return hits.reconcile(work, key, matches, hits.today(work, zone) if zone else "")

    def forget(self, work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
        """Remove the hits of people who are deleted."""
        hits.forget_people(work, key, participant_ids)


def _blocking(matches: Sequence[Match], day: str) -> list[str]:
    """Return the ids of the entries that block somebody on a day."""
    return [
        match.entry.id
        for match in matches
        if match.entry.is_active(day) and hits.blocks(match.entry, HitStatus.PENDING)
    ]


def _prepare(
    work: Work, key: FeedKey, people: Sequence[PersonData]
) -> tuple[str, list[PersonValues], ScreeningIndex]:
    """Return the event's time zone, the values of these people, and the entries that may meet them."""
    kept = _kept_in(work, key)
    if kept is not None and kept.index is not None and not kept.index:
        return "", [NO_VALUES] * len(people), kept.index
    if not holds_any(work, key):
        index = ScreeningIndex(())
        if kept is not None:
            kept.index = index
        return "", [NO_VALUES] * len(people), index
    zone = time_zone_of(work, key)
    reader = PersonReader(work, key.tenant_id, zone)
    values = [reader.values_of(person) for person in people]
    if kept is None:
        return zone, values, load_index(work, key, values)
    kept.calls += 1
    if kept.index is None and kept.calls > 1:  # an import of people one by one
        kept.index = load_index(work, key)
    return zone, values, load_index(work, key, values) if kept.index is None else kept.index


@dataclass
class _Kept:
    """The entries of an event, for as long as this transaction holds its feed: nobody changes the list meanwhile."""

    calls: int = 0
    index: ScreeningIndex | None = None


def _kept_in(work: Work, key: FeedKey) -> _Kept | None:
    if work.is_reading or not change_feed.is_locked(work.session, key):
        return None
    kept: dict[FeedKey, _Kept] = work.session.info.setdefault(KEPT_INDEX, {})
    return kept.setdefault(key, _Kept())


SCREEN = BlacklistScreen()
