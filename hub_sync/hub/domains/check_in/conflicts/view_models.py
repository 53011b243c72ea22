"""Conflicts as the inbox shows them: both gates, both times, operators, and the person to whom may read names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.access_log.repository import LOG
from hub_sync.hub.domains.check_in.manifest import CONFLICT_KINDS, CONFLICT_STATES, SHORT_REASONS
from hub_sync.hub.domains.check_in.scanner_names import find_scanner_names
from hub_sync.hub.domains.check_in.tables import AccessConflict, Checkpoint, ScannedBy
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import WITHHELD
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind, ConflictState

TONES = {
    ConflictKind.DOUBLE_ENTRY: "bad",
    ConflictKind.AGAINST_RULES: "bad",
    ConflictKind.OVERRIDE: "warn",
    ConflictKind.UNKNOWN_ADMITTED: "warn",
    ConflictKind.UNKNOWN_REFUSED: "info",
    ConflictKind.CLOCK_UNSURE: "warn",
    ConflictKind.NO_PASSAGE: "info",
}
STATE_TONES = {
    ConflictState.OPEN: "info",
    ConflictState.RESOLVED: "good",
    ConflictState.CHANGED: "warn",
    ConflictState.WITHDRAWN: "quiet",
}
_SENTENCES = {
    ConflictKind.DOUBLE_ENTRY: N_("Two gates let one ticket in; neither knew of the other."),
    ConflictKind.OVERRIDE: N_("An operator let this person in against the verdict."),
    ConflictKind.AGAINST_RULES: N_("The station was offline, and let in whom the hub would have refused."),
    ConflictKind.UNKNOWN_ADMITTED: N_("The ticket is genuine, but nobody of this name was on the list."),
    ConflictKind.UNKNOWN_REFUSED: N_(
        "The ticket is genuine, but its holder was not on the list and was sent to the help desk."
    ),
    ConflictKind.CLOCK_UNSURE: N_("Its clock could not be trusted when it decided."),
    ConflictKind.NO_PASSAGE: N_("The gate opened, and nobody went through."),
}


@dataclass(frozen=True, slots=True)
class ScanSide:
    """One scan of a conflict. Empty texts: not known, or not to be shown."""

    id: str
    at: datetime
    gate: str
    scanner: str
    operator: str
    reason: str
    """The operator's reason for an override."""
    verdict: str
    admitted: bool
    is_exit: bool
    clock_sure: bool


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A conflict as it is shown; of a double entry the earlier scan comes first."""

    id: str
    kind: str
    tone: str
    state: str
    state_tone: str
    sentence: str
    person: str
    person_href: str
    sides: Sequence[ScanSide]
    verdict: str
    """What the rules would have said, in a word or two."""
    more: str
    """How many scans it is about, if it is several."""
    until: datetime | None
    note: str
    resolver: str
    resolved_at: datetime | None
    changed_at: datetime | None
    needs_attention: bool
    upheld: bool


def build_items(
    work: Work, key: FeedKey, conflicts: Sequence[AccessConflict], *, shows_people: bool
) -> Sequence[InboxItem]:
    """Return conflicts as the inbox shows them; `shows_people`: the reader may read participants."""
    scans = _scans(work, key, conflicts)
    actors = {scan.override_by for scan in scans.values() if scan.override_by} | {
        conflict.resolved_by for conflict in conflicts if conflict.resolved_by
    }
    scanners = find_scanner_names(work, key.tenant_id, {scan.device_id for scan in scans.values()})
    names = {
        **audit.names_of_actors(work, key.tenant_id, sorted(actors)),
        **{id_: scanner.label for id_, scanner in scanners.items()},
    }
    people = {conflict.participant_id for conflict in conflicts if conflict.participant_id}
    persons = participants.find_persons(work.session, key, people) if shows_people else {}
    return [_item(key, conflict, scans, names, persons, shows_people=shows_people) for conflict in conflicts]


def _scans(work: Work, key: FeedKey, conflicts: Iterable[AccessConflict]) -> Mapping[str, Row[Any]]:
    ids = {id_ for conflict in conflicts for id_ in (conflict.earlier_id, conflict.later_id) if id_}
    c = LOG.c
    query = (
        select(
            c.id,
            c.device_id,
            c.journal_id,
            c.effective_at_ms,
            c.result,
            c.reason_code,
            c.direction,
            c.override_reason,
            c.override_by,
            c.operator_name,
            c.clock_sure,
            Checkpoint.name.label("gate"),
        )
        .outerjoin(Checkpoint, (Checkpoint.tenant_id == c.tenant_id) & (Checkpoint.id == c.checkpoint_id))
        .where(c.tenant_id == key.tenant_id, c.id.in_(ids))
    )
    scans: dict[str, Row[Any]] = {}
    for row in work.session.execute(query):
        scans[row.id] = row  # type: ignore[assignment]
    return scans


def _item(
    key: FeedKey,
    conflict: AccessConflict,
    scans: Mapping[str, Row[Any]],
    names: Mapping[str, str],
    persons: Mapping[str, participants.NamedPerson],
    *,
    shows_people: bool,
) -> InboxItem:
    person = persons.get(conflict.participant_id or "")
    name = f"{person.first_name} {person.last_name}".strip() if person else ""
    if not name and shows_people and conflict.participant_id:
        name = _("Not registered")
    sides = [scans[id_] for id_ in (conflict.earlier_id, conflict.later_id) if id_ and id_ in scans]
    several = ngettext("%(n)s scan", "%(n)s scans", conflict.scans) % {"n": number(conflict.scans)}
    return InboxItem(
        id=conflict.id,
        kind=_(CONFLICT_KINDS[conflict.kind]),
        tone=TONES[conflict.kind],
        state=_(CONFLICT_STATES[conflict.state]),
        state_tone=STATE_TONES[conflict.state],
        sentence=_(_SENTENCES[conflict.kind]),
        person=name,
        person_href=f"/events/{key.event_id}/participants/{person.person.id}" if person else "",
        sides=[_side(scan, names, shows_people=shows_people) for scan in sides],
        verdict=_(SHORT_REASONS[conflict.verdict]) if conflict.verdict else "",
        more=several if conflict.scans > 1 else "",
        until=from_epoch_ms(conflict.until_ms) if conflict.scans > 1 else None,
        note=conflict.note if shows_people or not conflict.note else WITHHELD,
        resolver=_name(conflict.resolved_by or "", names),
        resolved_at=conflict.resolved_at,
        changed_at=conflict.changed_at,
        needs_attention=conflict.state.needs_attention,
        upheld=conflict.upheld,
    )


def _side(scan: Row[Any], names: Mapping[str, str], *, shows_people: bool) -> ScanSide:
    reason = scan.override_reason or ""
    operator = ""  # a key or a user is the scanner itself
    if ScannedBy.of_journal(scan.journal_id) is ScannedBy.DEVICE:
        operator = _name(scan.override_by or "", names) or scan.operator_name or ""
    return ScanSide(
        id=scan.id,
        at=from_epoch_ms(scan.effective_at_ms),
        gate=scan.gate or "",
        scanner=names.get(scan.device_id) or _("unknown station"),
        operator=operator,
        reason=reason if shows_people or not reason else WITHHELD,
        verdict=_(SHORT_REASONS[scan.reason_code]),
        admitted=scan.result.admits,
        is_exit=scan.direction is Direction.EXIT,
        clock_sure=scan.clock_sure,
    )


def _name(actor: str, names: Mapping[str, str]) -> str:
    return names.get(actor) or (audit.actor_name(actor) if actor else "")


def headline(item: InboxItem) -> str:
    """Return the title of a conflict's own page: the kind, and whom it is about."""
    return f"{item.kind}: {isolated(item.person)}" if item.person else item.kind
