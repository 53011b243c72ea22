"""Groups at the hub: the offer after a member's scan, and the admission of the rest, one row a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import Direction
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import get_checkpoint_row
from hub_sync.hub.domains.check_in.errors import GroupChanged, ScanNotFound
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.scans.schemas import GroupMemberRequest, ScanRequest
from hub_sync.hub.domains.check_in.scans.service import (
    LeadingScan,
    Scanned,
    Scanner,
    presence_in,
    scan,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NamedPerson
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission import DecisionContext, decide
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.groups import LARGEST_GROUP, MEMBER_ATTEMPT, may_lead_group
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from hub_sync.rules.tickets.ticket_keys import KeyRing


@dataclass(frozen=True, slots=True)
class ScannedGroupMember:
    """Another member of the scanned person's group, and the decision if this person came now."""

    named_person: NamedPerson
    decision: Decision


@dataclass(frozen=True, slots=True)
class ScannedGroup:
    """The rest of a scanned person's group. `too_large`: more than can be admitted together, so that `members` is empty."""

    group_ref: str
    members: Sequence[ScannedGroupMember]
    too_large: bool = False


def find_offer(work: Work, key: FeedKey, scanned: Scanned, checkpoint_id: str) -> ScannedGroup | None:
    """Return the rest of the group after a scan, or None if there is none that this scan may lead."""
    leader = scanned.named_person
    if leader is None or not leader.group_ref or not may_lead_group(scanned.decision):
        return None
    people = participants.find_group(work.session, key, leader.group_ref, LARGEST_GROUP + 1)
    others = [person for person in people if person.person.id != leader.person.id]
    if len(people) > LARGEST_GROUP:
        return ScannedGroup(leader.group_ref, (), too_large=True)
    if not others:
        return None
    event = event_rules(events.row(events.read(work, *key)))
    row = get_checkpoint_row(work, *key, checkpoint_id)
    checkpoint, moment = checkpoint_rules(sync_rows.checkpoint_row(row)), DecisionContext(work.now())
    members = []
    for other in others:
        presence = presence_in(row.zone or "", projection.read_presences(work, key, other.person.id))
        decision = decide(MEMBER_ATTEMPT, event, checkpoint, other.person, presence, moment)
        members.append(ScannedGroupMember(other, decision))
    return ScannedGroup(leader.group_ref, members)


def admit_group(
    work: Work, scanner: Scanner, scan_id: str, checkpoint_id: str, members: Iterable[GroupMemberRequest]
) -> list[Scanned]:
    """Decide members of a group and store a row for each of them. A member who may not enter is a refusal, as at any scan.

    Args:
        work: the transaction.
        scanner: who scans; the same who made the leading scan.
        scan_id: the access log's row of the member whose scan leads the group.
        checkpoint_id: the checkpoint of that scan.
        members: the members to admit, each with the id of the new scan.

    Raises:
        EventNotFound, CheckpointNotFound, ScanIdReused.
        ScanNotFound: the leading scan is not one of this scanner's at this checkpoint that may lead a group (404).
        GroupChanged: somebody is not in the group any more; nothing is stored (409).
    """
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    get_checkpoint_row(work, *key, checkpoint_id)
    leading = repository.get_scan(work, *key, scan_id)
    decision = Decision(leading.result, leading.reason_code, leading.direction, leading.participant_id)
    is_own = (leading.device_id, leading.checkpoint_id) == (scanner.device_id, checkpoint_id)
    if not is_own or not may_lead_group(decision):
        raise ScanNotFound
    wanted = list(members)
    _check_membership(work, key, leading.participant_id or "", [each.participant_id for each in wanted])
    led_by, scans = LeadingScan(leading.code_digest), []
    for member in wanted:
        pending_writes.execute(work.session)  # the row before, which this one counts on
        request = ScanRequest(
            id=member.id,
            checkpoint_id=checkpoint_id,
            participant_id=member.participant_id,
            direction=Direction.ENTRY,
        )
        scans.append(scan(work, KeyRing(()), scanner, request, led_by=led_by))
    return scans


def _check_membership(work: Work, key: FeedKey, leader_id: str, ids: Sequence[str]) -> None:
    leader = participants.find_persons(work.session, key, [leader_id]).get(leader_id)
    group = leader.group_ref if leader else ""
    known = {each.person.id for each in participants.find_group(work.session, key, group, LARGEST_GROUP + 1)}
    if len(known) > LARGEST_GROUP or not known.issuperset(ids):
        raise GroupChanged
