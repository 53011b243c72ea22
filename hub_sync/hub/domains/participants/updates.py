"""Update participants. Each change locks the row, checks the version that was read, and is audited and emitted in the same transaction."""

from datetime import timedelta
from typing import Any

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import screens
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantNotFound,
    RegistrationCodeTaken,
)
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT_STATUS_UPDATED,
    PARTICIPANT_TICKETS_REPLACED,
    PARTICIPANT_UPDATED,
    ParticipantUpdated,
)
from hub_sync.hub.domains.participants.registration import (
    code_is_taken,
    parse_code,
    require_free_external_id,
    status_events,
)
from hub_sync.hub.domains.participants.schemas import ParticipantChanges
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey

_NULLABLE = ("email", "phone", "photo", "external_id")


def update(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    changes: ParticipantChanges,
    if_version: IfVersion = None,
) -> Participant:
    """Update the fields that `changes` names. The version stays if all values are the same as before.

    Raises:
        ParticipantNotFound: no such participant (404).
        ParticipantChanged: the version is not `if_version` (412).
        RegistrationCodeTaken: another participant has the new code (409).
        ExternalIdTaken: another participant has the new external id (409).
        RegistrationCodeUnusable: the new code has too few letters and digits (422).
        EventFull: the new status takes a seat that the event does not have (409).
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    before, old = snapshot(participant), participant.status
    new_values: dict[str, Any] = {
        name: value
        for name, value in changes.model_dump(exclude_unset=True).items()
        if (value is not None or name in _NULLABLE) and getattr(participant, name) != value
    }
    if not new_values:
        return participant
    if "registration_code" in new_values:
        new_values["code_normal"] = _free_code(work, participant, new_values["registration_code"])
    if new_values.get("external_id"):
        require_free_external_id(work, tenant_id, event_id, new_values["external_id"])
    if "status" in new_values:
        _require_seat(work, participant, new_values["status"], new_values.get("category"))
    for name, value in new_values.items():
        setattr(participant, name, value)
    if new_values.keys() & screens.SCREENED_FIELDS and screens.may_be_set(participant.standing):
        key = FeedKey(tenant_id, event_id)
        with work.session.no_autoflush:
            standings = screens.screened_standings(work, key, {participant.id: participant})
            participant.standing = standings[participant.id]
    participant.version += 1
    with refuse_doubles(RegistrationCodeTaken(registration_code=participant.registration_code)):
        work.session.flush()
    audit.record(
        work, tenant_id, PARTICIPANT_UPDATED, participant.id, before=before, after=snapshot(participant)
    )
    updated = ParticipantUpdated(
        entity_id=participant.id,
        event_id=event_id,
        changed=sorted(new_values.keys() - {"code_normal"}),
        version=participant.version,
    )
    status_changes = status_events(participant, old) if participant.status is not old else ()
    domain_events.emit(work, tenant_id, updated, *status_changes)
    return participant


def update_status(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    status: ParticipantStatus,
    if_version: IfVersion = None,
) -> Participant:
    """Set the status of a participant. The same status again changes nothing.

    Raises:
        ParticipantNotFound: no such participant (404).
        ParticipantChanged: the version is not `if_version` (412).
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    if participant.status is status:
        return participant
    before, old = snapshot(participant), participant.status
    _require_seat(work, participant, status)
    participant.status = status
    participant.version += 1
    work.session.flush()
    audit.record(
        work,
        tenant_id,
        PARTICIPANT_STATUS_UPDATED,
        participant.id,
        before=before,
        after=snapshot(participant),
    )
    domain_events.emit(work, tenant_id, *status_events(participant, old))
    return participant


def replace_tickets(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: IfVersion = None
) -> Participant:
    """Replace all tickets that were issued until now: gates refuse them from their next pull on.

    The first valid second is the next one, and later than that of the replacement before: a ticket names its time of
    issue in seconds, and so none of this second may stay valid.

    Raises:
        ParticipantNotFound: no such participant (404).
        ParticipantChanged: the version is not `if_version` (412).
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    before = snapshot(participant)
    replaced_until = work.now().replace(microsecond=0)
    if participant.tickets_valid_from is not None:
        replaced_until = max(replaced_until, participant.tickets_valid_from)
    participant.tickets_valid_from = replaced_until + timedelta(seconds=1)
    participant.version += 1
    work.session.flush()
    audit.record(
        work,
        tenant_id,
        PARTICIPANT_TICKETS_REPLACED,
        participant.id,
        before=before,
        after=snapshot(participant),
    )
    updated = ParticipantUpdated(
        entity_id=participant.id,
        event_id=event_id,
        changed=["tickets_valid_from"],
        version=participant.version,
    )
    domain_events.emit(work, tenant_id, updated)
    return participant


def get_for_update(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    if_version: IfVersion,
    *,
    deleted: bool = False,
) -> Participant:
    """Lock the participant until the transaction ends and return it: of two changes of one version, one is refused.

    Raises:
        ParticipantNotFound: no such participant, or it is deleted; with `deleted`, or it is not (404).
        ParticipantChanged: the version is not `if_version` (412).
    """
    participant = work.session.get(
        Participant,
        (tenant_id, participant_id),
        with_for_update={"key_share": True},
        populate_existing=True,
    )
    is_there = participant is not None and participant.event_id == event_id
    if participant is None or not is_there or (participant.deleted_at is not None) is not deleted:
        raise ParticipantNotFound
    if participant.standing.startswith(MERGED):  # undoing the merge brings it back, nothing else
        raise ParticipantNotFound
    check_version(participant.version, if_version, ParticipantChanged)
    return participant


def _require_seat(
    work: Work, participant: Participant, status: ParticipantStatus, category: str | None = None
) -> None:
    """Check that the participant may have a seat, if the status means one: pending people on the waitlist have none yet."""
    if status in screens.SEATED:
        key = FeedKey(participant.tenant_id, participant.event_id)
        categories = [participant.category if category is None else category]
        screens.require_seats(work, key, categories, participant.id)


def _free_code(work: Work, participant: Participant, code: str) -> str:
    normal = parse_code(code)
    if normal != participant.code_normal and code_is_taken(
        work, participant.tenant_id, participant.event_id, normal
    ):
        raise RegistrationCodeTaken(registration_code=code)
    return normal
