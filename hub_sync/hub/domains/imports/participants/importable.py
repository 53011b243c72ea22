"""Participants as the imports know them."""

from collections.abc import Mapping, Sequence

from hub_sync.hub.domains.imports.importable import ImportField, Matcher, ParsedRow
from hub_sync.hub.domains.imports.options import ImportOptions, MatchKey
from hub_sync.hub.domains.imports.participants.fields import EXPORT_MARKS, EXPORT_ONLY, FIELDS
from hub_sync.hub.domains.imports.participants.matching import ParticipantMatcher
from hub_sync.hub.domains.imports.participants.parsing import parse_row
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


class ImportableParticipants:
    """Participants of an event."""

    entity = "participant"
    fields: Mapping[str, ImportField] = FIELDS
    export_marks = EXPORT_MARKS
    export_only = EXPORT_ONLY
    keys: Sequence[str] = tuple(key.value for key in MatchKey if key is not MatchKey.NONE)

    def parse(self, line: int, texts: dict[str, str], options: ImportOptions) -> ParsedRow:
        """Return a row from the texts of its fields."""
        return parse_row(line, texts, options)

    def matcher(self, work: Work, key: FeedKey, options: ImportOptions, *, of_few: bool = False) -> Matcher:
        """Return the matcher for one file."""
        return ParticipantMatcher(work, key, options, of_few=of_few)


PARTICIPANTS = ImportableParticipants()
