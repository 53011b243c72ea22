"""Numbers and letters that a hub has forgotten, because it was restored from a backup: stations report what they have.

It waits for the reports before it gives numbers and letters, but no longer than `LONGEST_WAIT`: a kiosk may be in a store room. Meanwhile
kiosks go on with the numbers and letters that they have. Decision: `docs/adr/0100-a-printed-number-is-adopted.md`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.queue.errors import QueueNumbersUnsettled
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey

LONGEST_WAIT = timedelta(minutes=2)
"""Stations report every 15 seconds."""
REMEMBERED = timedelta(days=2)
"""After this no day is left for which the hub has forgotten numbers."""
GIVING_PROFILES = frozenset({DeviceProfile.KIOSK, DeviceProfile.DESK})
"""The stations that have numbers or letters."""


@dataclass(frozen=True, slots=True)
class RestoredNumbers:
    """What the stations of an event have reported since the hub was restored. `is_settled`: all of them have, or the wait is over."""

    reports: tuple[devices.LatestReport, ...] = ()
    is_settled: bool = True

    @classmethod
    def read(cls, work: Work, key: FeedKey) -> Self:
        """Return the reports; none for a hub that was not restored lately.

        Raises:
            LookupError: the event has no feed.
        """
        epoch, _ = change_feed.position(work.session, key)
        restored_at = change_feed.restored_at(epoch)
        if restored_at is None or work.now() - restored_at > REMEMBERED:
            return cls()
        reports = tuple(devices.latest_reports(work, key))
        late = any(
            each.profile in GIVING_PROFILES and (each.reported_at is None or each.reported_at < restored_at)
            for each in reports
        )
        return cls(reports, is_settled=not late or work.now() - restored_at > LONGEST_WAIT)

    def require_settled(self) -> None:
        """Refuse while a station may have numbers that nobody knows of.

        Raises:
            QueueNumbersUnsettled: 409.
        """
        if not self.is_settled:
            raise QueueNumbersUnsettled(minutes=LONGEST_WAIT // timedelta(minutes=1))

    def highest(self, queue_id: str, day: str) -> int:
        """Return the highest number of a queue and a day that a station has reported; 0: none."""
        return max(
            (
                number.sequence
                for each in self.reports
                for number in each.fleet.queue_numbers
                if (number.queue_id, number.day) == (queue_id, day)
            ),
            default=0,
        )

    def lanes(self, event_id: str) -> dict[str, tuple[str, str]]:
        """Return the letters at an event that stations have reported, each with its device and journal."""
        return {
            lane.letters: (each.device_id, lane.journal_id)
            for each in self.reports
            for lane in each.fleet.queue_lanes
            if lane.event_id == event_id
        }
