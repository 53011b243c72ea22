"""The page of one person: registration, location, scans, history."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.console import Page, PageCall, PageRouter
from hub_sync.hub.console.i18n.translation import error_message
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.manifest import BLACKLIST_MANAGE, HIT_STATUSES, KINDS
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import SHORT_REASONS
from hub_sync.hub.domains.duplicates import service as duplicates
from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import STANDINGS, STATUS_ACTIONS, STATUS_TONES, STATUSES
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.filters import escape_value
from hub_sync.hub.kit.text_types import Id

SCANS_SHOWN = 20

router = PageRouter()


@router.get("/events/{event_id}/participants/{participant_id}", permissions="participants:read")
def show_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Show a participant with their registration, location, scans and history."""
    work, key = page.work, FeedKey(page.tenant_id, event_id)
    event = events.get(work, page.tenant_id, event_id)
    survivor_id = participants.survivors(work.session, key, [participant_id]).get(
        participant_id, participant_id
    )
    if survivor_id != participant_id:  # a link to a registration that was merged
        return page.redirect(f"/events/{event_id}/participants/{survivor_id}")
    person = participants.get(work, page.tenant_id, event_id, participant_id)
    may_review = page.caller.has_permission(DUPLICATES_REVIEW)
    may_see_history = page.caller.has_permission("audit:read")
    entries = audit.entries_of(work, page.tenant_id, "participant", participant_id) if may_see_history else []
    places = check_in.last_passages(work, key, participant_id)
    scans = check_in.last_scans(work, key, participant_id, SCANS_SHOWN)
    operators = [scan.override_by for scan in scans if scan.override_by]
    names = audit.names_of_actors(work, page.tenant_id, operators)
    no_ticket = tickets.find_refusal(person)
    listed = _listed(page, key, participant_id)
    may_see_workflows = page.caller.has_any_permission(("workflows:read", "workflows:decide"))
    return page.render(
        "overview/person.html",
        event=event,
        person=person,
        name=participants.display_name(person),
        no_ticket=error_message(no_ticket) if no_ticket else "",
        statuses=STATUSES,
        tones=STATUS_TONES,
        acts={status: label for status, label in STATUS_ACTIONS.items() if status is not person.status},
        inside=[place for place in places if place.direction is Direction.ENTRY],
        places=places,
        scans=scans,
        operator_name=lambda operator: names.get(operator) or audit.actor_name(operator),
        reasons=SHORT_REASONS,
        instant=from_epoch_ms,
        escape_value=escape_value,
        steps=audit.history(work, entries[::-1], event.time_zone),
        may_see_history=may_see_history,
        standing=STANDINGS.get(person.standing, ""),
        standing_tone="bad" if person.standing == BLOCKED else "warn",
        listed=listed,
        listed_ids=",".join(sorted({escape_value(hit.participant_id) for hit, _entry in listed})),
        kinds=KINDS,
        hit_statuses=HIT_STATUSES,
        workflows=workflows.workflows_of_person(work, key, participant_id) if may_see_workflows else [],
        execution_statuses=workflows.EXECUTION_STATUSES,
        execution_tones=workflows.EXECUTION_TONES,
        pairs=duplicates.pairs_of(work, key, [participant_id]) if may_review else [],
        merges=duplicates.merges_of(work, key, participant_id) if may_review else [],
    )


def _listed(page: Page, key: FeedKey, participant_id: str) -> Sequence[Any]:
    """Return the hits of the blacklist with their entries, for those who may read it; the audit log says that they did."""
    if not page.caller.has_permission(BLACKLIST_MANAGE):
        return ()
    listed = blacklist.entries_of_person(page.work, key, participant_id)
    if listed:
        with page.begin() as work:
            blacklist.note_read(work, page.tenant_id, len(listed))
    return listed
