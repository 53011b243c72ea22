"""A decided scan as the scanner page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.hub.console import _
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import CheckpointSummary
from hub_sync.hub.domains.check_in.scanner.forms import ScanForm
from hub_sync.hub.domains.check_in.scanner.recent_scans import RecentScan, full_name
from hub_sync.hub.domains.check_in.scanner.sentences import MARKS, SECONDARY_MARKS, sentence_of, word_of
from hub_sync.hub.domains.check_in.scans.service import Scanned
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.verdict_cues import VerdictColour, VerdictTone, colour_of, tone_of


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """The verdict on a scan in words, and what the page needs to ask again with an override."""

    colour: VerdictColour
    tone: VerdictTone | None
    word: str
    name: str
    category: str
    sentence: str
    marks: Sequence[tuple[str, bool]]
    """A remark in words, and True if somebody has to act on it."""
    earlier: str
    """The checkpoint of the entry before, with ALREADY_SCANNED."""
    overridable: bool
    form: ScanForm
    override_id: str
    """The id of the scan that an override would be: another one than the refused scan's."""
    scan: RecentScan


def build_answer(
    work: Work,
    key: FeedKey,
    scanned: Scanned,
    form: ScanForm,
    checkpoints: Sequence[CheckpointSummary],
    time_zone: str,
    *,
    with_name: bool,
) -> ScanAnswer:
    """Return a decided scan in the language of the page; names only for somebody who may read participants."""
    decision, colour = scanned.decision, colour_of(scanned.decision)
    point_names = {checkpoint.id: checkpoint.name for checkpoint in checkpoints}
    name = full_name(scanned.named_person) if with_name else ""
    earlier = ""
    if decision.result is ScanResult.ALREADY_SCANNED and decision.participant_id:
        entry = repository.find_last_entry(work.session, key, decision.participant_id, scanned.zone)
        earlier = point_names.get(entry.checkpoint_id, "") if entry else ""
    return ScanAnswer(
        colour=colour,
        tone=tone_of(decision),
        word=word_of(decision),
        name=name,
        category=scanned.named_person.person.category if scanned.named_person else "",
        sentence=sentence_of(decision, time_zone, work.now()),
        marks=[(_(MARKS[mark]), mark not in SECONDARY_MARKS) for mark in decision.marks],
        earlier=earlier,
        overridable=decision.overridable and not decision.admits,
        form=form,
        override_id=work.new_id(),
        scan=RecentScan(
            id=scanned.id,
            at=from_epoch_ms(scanned.scanned_at_ms),
            colour=colour,
            result=decision.result,
            reason=decision.reason,
            direction=decision.direction,
            name=name,
            checkpoint=point_names.get(form.checkpoint_id, ""),
        ),
    )
