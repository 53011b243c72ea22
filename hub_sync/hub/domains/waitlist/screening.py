"""The waitlist's screen: somebody whose seat was given away at the door is to be looked at when they come late."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.contract.sync import SEAT_GIVEN
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.participants.service import PersonData, Screening
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_D = WaitlistDoorSeat


class DoorScreen:
    """Gives a standing to people whose seats were given away, unless they have come."""

    def screen(self, _work: Work, _key: FeedKey, people: Sequence[PersonData]) -> Sequence[Screening]:
        """Return a clear result for everybody who registers."""
        return [Screening()] * len(people)

    def record(self, work: Work, key: FeedKey, results: Mapping[str, Screening]) -> None:
        """Store nothing: seats have rows of their own."""

    def note_refused(self, work: Work, key: FeedKey, refused: Sequence[tuple[PersonData, Screening]]) -> None:
        """Store nothing: this screen refuses nobody."""

    def review(self, work: Work, key: FeedKey, people: Mapping[str, PersonData]) -> Mapping[str, str]:
        """Return the standing of each whose seat was given away."""
        holder: Any = _D.holder_id
        query = select(holder).where(
            _D.tenant_id == key.tenant_id,
            _D.event_id == key.event_id,
            _D.entry_id.is_not(None),
            in_values(holder, sorted(people), work.dialect),
        )
        given: set[str] = {id_ for (id_,) in work.connection.execute(query)} if people else set()
        arrived = check_in.whereabouts_of(work, key, given)
        return {id_: SEAT_GIVEN for id_ in given if id_ not in arrived}

    def forget(self, work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
        """Store nothing: a deleted person's seat is given away all the same."""


SCREEN = DoorScreen()
