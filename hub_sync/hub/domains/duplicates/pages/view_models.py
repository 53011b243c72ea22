"""Pairs and merges as pages show them: both people side by side, and what each field says in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import DuplicateStatus, ParticipantStatus
from hub_sync.hub.console import N_, _
from hub_sync.hub.domains.duplicates.manifest import STATUSES as DUPLICATE_STATUSES
from hub_sync.hub.domains.duplicates.matching.evidence import FieldVerdict
from hub_sync.hub.domains.duplicates.matching.transliteration import is_semitic
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate, MergeHistory
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANT, STATUSES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.text_normalization import normalize_name

VERY_LIKELY, LIKELY = 0.95, 0.8
LIKELIHOODS = (
    (VERY_LIKELY, N_("Very likely one person"), "bad"),
    (LIKELY, N_("Likely one person"), "warn"),
    (0.0, N_("Possibly one person"), "info"),
)
STATUS_TONES = {
    DuplicateStatus.PENDING: "info",
    DuplicateStatus.CONFIRMED: "warn",
    DuplicateStatus.MERGED: "good",
    DuplicateStatus.DISMISSED: "quiet",
}
VERDICTS: dict[str, str] = {
    FieldVerdict.SAME: N_("The same"),
    FieldVerdict.VARIANT: N_("Short form or variant of one name"),
    FieldVerdict.SOUNDS_ALIKE: N_("Sounds the same, is written otherwise"),
    FieldVerdict.NEAR: N_("Nearly the same: perhaps a typing error"),
    FieldVerdict.INITIAL: N_("One has only the initial of the other"),
    FieldVerdict.OMITTED: N_("One leaves a name out"),
    FieldVerdict.SWAPPED: N_("First and last name are swapped"),
    FieldVerdict.SPLIT: N_("One has the whole name in one field"),
    FieldVerdict.MISSING: N_("Missing, says nothing"),
    FieldVerdict.CONTRADICTS: N_("A middle name contradicts"),
    FieldVerdict.DIFFERENT: N_("Different"),
}
OTHER_SCRIPT = N_("The consonants agree across the scripts")
STRENGTHS = (
    (8.0, N_("speaks strongly for it"), "good"),
    (3.0, N_("speaks for it"), "good"),
    (0.25, N_("speaks a little for it"), "good"),
    (-0.25, N_("says nothing"), "quiet"),
    (-3.0, N_("speaks a little against it"), "warn"),
    (-99.0, N_("speaks strongly against it"), "bad"),
)
SHORT_FIELDS: dict[str, str] = {
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "birth_date": N_("Date of birth"),
}


@dataclass(frozen=True, slots=True)
class PairField:
    """One field of both registrations. `default` is the side whose value is chosen at first; "" where both are the same."""

    name: str
    label: str
    a: str
    b: str
    default: str
    finding: str
    strength: str
    tone: str


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair: who they are, how likely it is one person, and what speaks for it."""

    id: str
    a: participants.Participant
    b: participants.Participant
    names: tuple[str, str]
    likelihood: str
    tone: str
    percent: int
    status: DuplicateStatus
    status_label: str
    status_tone: str
    may_be_household: bool
    reasons: Sequence[tuple[str, str, str]]
    """Fields that say something: label, verdict, tone."""


def people_of(work: Work, key: FeedKey, pairs: Sequence[Any]) -> dict[str, participants.Participant]:
    """Return the participants of pairs or merges by id, deleted and merged ones too."""
    ids: set[str] = set()
    for pair in pairs:
        if isinstance(pair, DuplicateCandidate):
            ids |= {pair.a_id, pair.b_id}
        else:
            ids |= {pair.survivor_id, pair.loser_id}
    person = participants.Participant
    query = select(person).where(person.tenant_id == key.tenant_id, person.id.in_(sorted(ids)))
    return {row.id: row for row in work.session.scalars(query)}


def build_pairs(work: Work, key: FeedKey, rows: Sequence[DuplicateCandidate]) -> list[PairView]:
    """Return pairs as the list shows them."""
    people = people_of(work, key, rows)
    return [build_pair(row, people[row.a_id], people[row.b_id]) for row in rows]


def build_pair(row: DuplicateCandidate, a: participants.Participant, b: participants.Participant) -> PairView:
    """Return a pair as pages show it."""
    label, tone = next((label, tone) for least, label, tone in LIKELIHOODS if row.score >= least)
    names = (participants.display_name(a), participants.display_name(b))
    return PairView(
        id=row.id,
        a=a,
        b=b,
        names=names,
        likelihood=_(label),
        tone=tone,
        percent=min(round(row.score * 100), 99),
        status=row.status,
        status_label=_(DUPLICATE_STATUSES[row.status]),
        status_tone=STATUS_TONES[row.status],
        may_be_household=bool(row.explanation.get("may_be_household")),
        reasons=_reasons(row.explanation, a, b),
    )


def compare_fields(
    row: DuplicateCandidate, a: participants.Participant, b: participants.Participant
) -> list[PairField]:
    """Return every field of both registrations, those that are compared first."""
    finding = row.explanation.get("fields", {})
    newer = "a" if a.updated_at > b.updated_at else "b"
    views = []
    for name in participants.CHOSEN_FIELDS:
        if name == "extra":
            continue
        left, other = _text(name, getattr(a, name)), _text(name, getattr(b, name))
        default = "" if left == other else "a" if not other else "b" if not left else newer
        if name == "status" and default:
            default = "a" if _most_complete(a, b) == "a" else "b"
        views.append(_field(name, (left, other), default, finding.get(name), a, b))
    if a.extra != b.extra:
        texts = (_details(a.extra), _details(b.extra))
        views.append(_field("extra", texts, "both", finding.get("birth_date"), a, b))
    return [view for view in views if view.a or view.b]


def default_survivor(a: participants.Participant, b: participants.Participant) -> str:
    """Return the side that stays at first: the more complete one, else the older one, whose ticket is about."""
    return _most_complete(a, b)


def describe_merge(merged: MergeHistory) -> Mapping[str, Any]:
    """Return the fields that a merge changed, each with the value before and after."""
    changed = {
        name: (merged.survivor_before.get(name), after)
        for name, after in merged.survivor_after.items()
        if merged.survivor_before.get(name) != after
    }
    return {
        _(PARTICIPANT.fields.get(name, name)): (_text(name, before), _text(name, after))
        for name, (before, after) in changed.items()
    }


def _most_complete(a: participants.Participant, b: participants.Participant) -> str:
    def filled(person: participants.Participant) -> int:
        return sum(bool(getattr(person, name)) for name in participants.CHOSEN_FIELDS)

    if filled(a) != filled(b):
        return "a" if filled(a) > filled(b) else "b"
    return "a" if a.created_at <= b.created_at else "b"


def _field(
    name: str,
    texts: tuple[str, str],
    default: str,
    finding: Mapping[str, Any] | None,
    a: participants.Participant,
    b: participants.Participant,
) -> PairField:
    label = _(PARTICIPANT.fields[name])
    if finding is None:
        return PairField(name, label, *texts, default, "", "", "quiet")
    strength, tone = next((text, tone) for least, text, tone in STRENGTHS if finding["bits"] >= least)
    words = "" if finding["verdict"] == FieldVerdict.MISSING else _(strength)
    return PairField(name, label, *texts, default, _say(finding, name, a, b), words, tone)


def _say(
    finding: Mapping[str, Any], name: str, a: participants.Participant, b: participants.Participant
) -> str:
    verdict = finding["verdict"]
    if verdict == FieldVerdict.SOUNDS_ALIKE and name in ("first_name", "last_name"):
        left, other = (is_semitic(normalize_name(getattr(person, name))) for person in (a, b))
        if left is not other:
            return _(OTHER_SCRIPT)
    return _(VERDICTS.get(verdict, verdict))


def _reasons(
    explanation: Mapping[str, Any], a: participants.Participant, b: participants.Participant
) -> list[tuple[str, str, str]]:
    reasons = []
    for name, finding in explanation.get("fields", {}).items():
        if finding["verdict"] == FieldVerdict.MISSING or name not in SHORT_FIELDS:
            continue
        tone = next(tone for least, _text_, tone in STRENGTHS if finding["bits"] >= least)
        reasons.append((_(SHORT_FIELDS[name]), _say(finding, name, a, b), tone))
    return reasons


def _text(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if name == "status":
        return _(STATUSES[ParticipantStatus(value)])
    return _details(value) if isinstance(value, dict) else str(value)


def _details(extra: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in sorted(extra.items()))
