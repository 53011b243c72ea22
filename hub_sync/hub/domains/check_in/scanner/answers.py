"""A decided scan as the scanner page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import CheckpointSummary
from hub_sync.hub.domains.check_in.scanner.forms import ScanForm
from hub_sync.hub.domains.check_in.scanner.recent_scans import RecentScan, full_name
from hub_sync.hub.domains.check_in.scans.groups import find_offer
from hub_sync.hub.domains.check_in.scans.sentences import MARKS, SECONDARY_MARKS, sentence_of, word_of
from hub_sync.hub.domains.check_in.scans.service import Scanned
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.verdict_cues import VerdictColour, VerdictTone, colour_of, tone_of


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """Another member of the group, with the id that their scan would have. `name` is empty where the user may not read names."""

    participant_id: str
    scan_id: str
    name: str
    category: str


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
    scans: Sequence[RecentScan]
    """The rows of the list: one, or one for each member of a group."""
    group: Sequence[GroupChoice] = ()
    """The members of the scanned person's group who may enter now."""


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
    offer = find_offer(work, key, scanned, form.checkpoint_id)
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
        scans=[_recent(scanned, form, point_names, name)],
        group=[
            GroupChoice(
                each.named_person.person.id,
                work.new_id(),
                full_name(each.named_person) if with_name else "",
                each.named_person.person.category,
            )
            for each in (offer.members if offer else ())
            if each.decision.admits
        ],
    )


def build_group_answer(
    work: Work,
    scans: Sequence[Scanned],
    form: ScanForm,
    checkpoints: Sequence[CheckpointSummary],
    *,
    with_name: bool,
) -> ScanAnswer:
    """Return the answer to the admission of a group: amber if somebody of it was refused."""
    point_names = {checkpoint.id: checkpoint.name for checkpoint in checkpoints}
    admitted = sum(scanned.decision.admits for scanned in scans)
    whole = admitted == len(scans)
    sentence = _("Let in with the group: %(number)s.") % {"number": formats.number(admitted)}
    if not whole:
        sentence += " " + _("Refused: see the list.")
    names = [full_name(scanned.named_person) if with_name else "" for scanned in scans]
    return ScanAnswer(
        colour=VerdictColour.GREEN if whole else VerdictColour.AMBER,
        tone=VerdictTone.SUCCESS if whole else VerdictTone.WARNING,
        word=_("Welcome") if whole else _("Check"),
        name="",
        category="",
        sentence=sentence,
        marks=(),
        earlier="",
        overridable=False,
        form=form,
        override_id=work.new_id(),
        scans=[_recent(scanned, form, point_names, name) for scanned, name in zip(scans, names, strict=True)],
    )


def _recent(scanned: Scanned, form: ScanForm, point_names: Mapping[str, str], name: str) -> RecentScan:
    decision = scanned.decision
    return RecentScan(
        id=scanned.id,
        at=from_epoch_ms(scanned.scanned_at_ms),
        colour=colour_of(decision),
        result=decision.result,
        reason=decision.reason,
        direction=decision.direction,
        name=name,
        checkpoint=point_names.get(form.checkpoint_id, ""),
    )
