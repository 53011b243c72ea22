"""The list of people inside: for the console, its exports and its print for an evacuation, with what is not known about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.service import DeviceSummary
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.text_normalization import search_words
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

HEADER = (
    "last_name",
    "first_name",
    "category",
    "registration_code",
    "phone",
    "zones",
    "entered_at",
    "local_time",
    "checkpoint",
    "participant_id",
)


@dataclass(frozen=True, slots=True)
class PersonInside:
    """Somebody who is inside, since they came to the first of their zones. Without a registration only the id is known."""

    id: str
    first_name: str
    last_name: str
    category: str
    registration_code: str
    phone: str
    searched: str
    zones: Sequence[str]
    since: datetime
    checkpoint: str
    is_registered: bool

    @property
    def name(self) -> str:
        """The name, or the code of who has none."""
        return f"{self.first_name} {self.last_name}".strip() or self.registration_code


@dataclass(frozen=True, slots=True)
class SilentStation:
    """A station that has not reported for a while: people may have passed there since."""

    name: str
    last_seen_at: datetime | None
    unsent: int | None


def list_people_inside(
    work: Work, key: FeedKey, zone: str | None = None, search: str = ""
) -> Sequence[PersonInside]:
    """Return who is inside by last name, those without a registration at the end.

    Args:
        work: the snapshot to read from.
        key: tenant and event.
        zone: only people in this zone ("": who came in by a checkpoint without one); None: all.
        search: words of the name, the code or the address; empty: all.
    """
    stays = check_in.list_stays(work, key, zone)
    checkpoints = check_in.checkpoint_names(work.session, key)
    persons = _registrations(work, key, {stay.participant_id for stay in stays})
    people = [
        _person(id_, list(theirs), persons, checkpoints)
        for id_, theirs in groupby(stays, key=lambda stay: stay.participant_id)
    ]
    wanted = search_words(search)
    if search.strip():
        people = [person for person in people if wanted and _matches(person.searched, wanted)]
    return sorted(people, key=lambda person: (not person.is_registered, person.searched, person.id))


def list_silent_stations(work: Work, key: FeedKey) -> Sequence[SilentStation]:
    """Return the stations in service that do not report now, and that may have rows the hub does not have.

    Among them are stations that the event was taken away from, until they have called since and have sent what they had.
    """
    return [
        SilentStation(device.name, device.last_seen_at, (device.report or {}).get("unsent"))
        for device in devices.list_in_service(work, *key, with_former=True)
        if device.status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
        and not device.is_online
        and (device.removed_at is None or _may_hold_rows(device, device.removed_at))
    ]


def _may_hold_rows(device: DeviceSummary, removed_at: datetime) -> bool:
    """Return True if a station may hold rows of an event that was taken away from it then."""
    called_since = device.reported_at is not None and device.reported_at > removed_at
    return not called_since or bool((device.report or {}).get("unsent"))


def export_rows(people: Iterable[PersonInside], zone: str, whole: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of an export as `HEADER` has them; `whole` stands for the event itself among the zones."""
    place = load_time_zone_or_utc(zone)
    for person in people:
        yield (
            person.last_name,
            person.first_name,
            person.category,
            person.registration_code,
            person.phone,
            ", ".join(name or whole for name in person.zones),
            person.since,
            person.since.astimezone(place).replace(tzinfo=None, microsecond=0),
            person.checkpoint,
            person.id,
        )


def _registrations(work: Work, key: FeedKey, ids: set[str]) -> Mapping[str, participants.Participant]:
    """Return the registrations of these ids, deleted ones included: who is inside is inside."""
    p = participants.Participant
    query = select(
        p.id, p.first_name, p.last_name, p.category, p.registration_code, p.phone, p.searched
    ).where(
        p.tenant_id == key.tenant_id, p.event_id == key.event_id, in_values(p.id, sorted(ids), work.dialect)
    )
    return {row.id: row for row in work.session.execute(query)}  # type: ignore[misc]


def _person(
    id_: str,
    stays: Sequence[check_in.Stay],
    persons: Mapping[str, participants.Participant],
    checkpoints: Mapping[str, str],
) -> PersonInside:
    row = persons.get(id_)
    first = min(stays, key=lambda stay: stay.since_ms)
    return PersonInside(
        id_,
        row.first_name if row else "",
        row.last_name if row else "",
        (row.category or "") if row else "",
        row.registration_code if row else "",
        (row.phone or "") if row else "",
        f"{row.last_name} {row.searched}".casefold() if row else id_,
        sorted({stay.zone for stay in stays}),
        from_epoch_ms(first.since_ms),
        checkpoints.get(first.checkpoint_id or "", ""),
        row is not None,
    )


def _matches(searched: str, words: Sequence[Sequence[str]]) -> bool:
    return all(
        joined in searched or (bool(parts) and all(part in searched for part in parts))
        for joined, *parts in words
    )
