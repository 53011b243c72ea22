"""The parts that both scan routes share: ticket keys, override, response."""

from collections.abc import Callable

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import Override
from hub_sync.hub.console.i18n.translation import accepted_speech, speaking
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy.schemas import occupancy_response
from hub_sync.hub.domains.check_in.scans.groups import ScannedGroup
from hub_sync.hub.domains.check_in.scans.schemas import (
    EarlierEntry,
    GroupMemberResponse,
    GroupResponse,
    ScannedParticipant,
    ScanRequest,
    ScanResponse,
)
from hub_sync.hub.domains.check_in.scans.sentences import sentence_of
from hub_sync.hub.domains.check_in.scans.service import Scanned
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.tickets.ticket_keys import KeyRing


def key_ring_for(work: Work, secret_box: SecretBox, tenant_id: str, request: ScanRequest) -> KeyRing:
    """Return the tenant's ticket keys, or an empty ring where there is no ticket to open."""
    return KeyRing(()) if request.ticket is None else tenants.key_ring(work, secret_box, tenant_id)


def requested_override(request: ScanRequest, operator: str) -> Override | None:
    """Return the override that a request asks for, in the name of an operator."""
    return None if request.override is None else Override(reason=request.override.reason, operator=operator)


def scan_response(
    work: Work,
    key: FeedKey,
    scanned: Scanned,
    *,
    with_name: bool,
    offer: ScannedGroup | None = None,
    accept_language: str = "",
) -> ScanResponse:
    """Return a decided scan as it goes over the wire, with names for somebody who may read participants.

    Its sentences are in the language that `accept_language` (the header) prefers; times in them are the event's.
    """
    speech = accepted_speech(accept_language)
    now = work.now()

    def sentence(decision: Decision) -> str:
        with speaking(speech):
            return sentence_of(decision, scanned.time_zone, now)

    decision, named_person = scanned.decision, scanned.named_person
    earlier = None
    if decision.result is ScanResult.ALREADY_SCANNED and decision.participant_id:
        earlier = repository.find_last_entry(work.session, key, decision.participant_id, scanned.zone)
    return ScanResponse(
        access_log_id=scanned.id,
        result=decision.result,
        reason_code=decision.reason,
        sentence=sentence(decision),
        detail=decision.detail,
        direction=decision.direction,
        participant=ScannedParticipant(
            id=named_person.person.id,
            name=named_person.name if with_name else None,
            category=named_person.person.category,
        )
        if named_person is not None
        else None,
        participant_id=decision.participant_id,
        earlier=EarlierEntry(
            access_log_id=earlier.id,
            checkpoint_id=earlier.checkpoint_id,
            scanned_at=from_epoch_ms(earlier.effective_at_ms),
        )
        if earlier is not None
        else None,
        marks=decision.marks,
        overridable=decision.overridable,
        override_asked=decision.override_asked,
        occupancy_change=decision.occupancy_change,
        occupancy=tuple(
            occupancy_response(count) for count in scanned.counts if count.zone in ("", scanned.zone)
        ),
        group=None if offer is None else _group_response(offer, sentence, with_name=with_name),
        scanned_at=from_epoch_ms(scanned.scanned_at_ms),
        repeated=scanned.repeated,
    )


def _group_response(
    offer: ScannedGroup, sentence: Callable[[Decision], str], *, with_name: bool
) -> GroupResponse:
    members = tuple(
        GroupMemberResponse(
            participant_id=each.named_person.person.id,
            name=each.named_person.name if with_name else None,
            category=each.named_person.person.category,
            may_enter=each.decision.admits,
            result=each.decision.result,
            reason_code=each.decision.reason,
            sentence=sentence(each.decision),
        )
        for each in offer.members
    )
    return GroupResponse(
        group_ref=offer.group_ref if with_name else None,
        may_enter=sum(each.may_enter for each in members),
        too_large=offer.too_large,
        members=members,
    )
