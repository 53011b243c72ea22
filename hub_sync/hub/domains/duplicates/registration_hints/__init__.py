"""The hints of a registration over REST: who may be registered already."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.duplicates.detection.hints import similar_by_index
from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW
from hub_sync.hub.domains.participants.hints import LikelyPerson
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


class DuplicateHints:
    """Looks for duplicates of one person."""

    permission: str = DUPLICATES_REVIEW

    def similar_to(self, work: Work, key: FeedKey, values: Mapping[str, Any]) -> Sequence[LikelyPerson]:
        """Return who is registered and may be this person, the likeliest first."""
        return [
            LikelyPerson(
                hint.id,
                f"{columns['first_name']} {columns['last_name']}".strip(),
                columns["email"],
                hint.score.probability,
            )
            for hint, columns in similar_by_index(work, key, values)
        ]


HINTS = DuplicateHints()
