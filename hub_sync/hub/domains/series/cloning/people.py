"""Participants who are carried over to a copy: chosen on purpose, with new registration codes and one status for all.

They take along what says who they are: names, addresses, category, group, the organiser's own id and what is kept with them. They do
not take along tickets, consents, places on a waitlist, nor what happened at the doors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkSelectionTooLarge
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.participants.service import NewParticipant, Participant
from hub_sync.hub.domains.series.cloning.schemas import CarriedOver
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_PEOPLE = 20_000
TAKEN_ALONG = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "external_id",
    "category",
    "group_ref",
    "photo",
    "extra",
)


@dataclass(frozen=True, slots=True)
class People:
    """The participants who are carried over, and the status that they get."""

    rows: Sequence[Participant] = ()
    status: ParticipantStatus = ParticipantStatus.PENDING

    def fingerprint(self) -> list[tuple[str, int]]:
        """Return who they are, and in which version."""
        return [(row.id, row.version) for row in self.rows]


def read(work: Work, key: FeedKey, carried: CarriedOver | None) -> People:
    """Return the chosen participants; deleted and merged ones are left out.

    Raises:
        BadRequest: 400, the selection's query. BulkOperationNotFound: 404. BulkSelectionTooLarge: 422.
    """
    if carried is None:
        return People()
    bulk.check_selection(work, key, carried.selection)
    rows: list[Participant] = []
    for ids in bulk.selected_ids(work, key, carried.selection):
        rows += participants.find_many(work, *key, ids).values()
        if len(rows) > MOST_PEOPLE:
            raise BulkSelectionTooLarge(most=MOST_PEOPLE)
    return People(sorted(rows, key=lambda row: row.id), carried.status)


def register(work: Work, key: FeedKey, people: People) -> Sequence[str]:
    """Register them for the copy, and return their new ids in the same order.

    Raises:
        RegistrationRefused: the blacklist blocks one of them (409). EventFull: 409.
    """
    new = [
        NewParticipant.model_construct(
            id=None,
            registration_code=None,
            status=people.status,
            **{name: getattr(row, name) for name in TAKEN_ALONG},
        )
        for row in people.rows
    ]
    try:
        return participants.create_many(work, *key, new)
    except RegistrationRefused as error:
        error.after_rollback = ()  # the copy, at which the attempt would be noted, is rolled back
        raise
