"""The console's pages of duplicates: the list of pairs, a pair side by side, the history of merges and their undo."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.detection.hints import MOST_HINTS, similar_to
from hub_sync.hub.domains.duplicates.errors import (
    DuplicateDecided,
    MergeUndoBlocked,
    MergeUndoConflict,
    MergeUndone,
)
from hub_sync.hub.domains.duplicates.lists import DUPLICATES, MERGES
from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW, RUN_FAILURES
from hub_sync.hub.domains.duplicates.merging import merge as merging
from hub_sync.hub.domains.duplicates.merging import undo as undoing
from hub_sync.hub.domains.duplicates.merging.rights import may_merge, require_rights
from hub_sync.hub.domains.duplicates.pages.forms import MergeForm, UndoForm
from hub_sync.hub.domains.duplicates.pages.view_models import (
    LIKELY,
    VERY_LIKELY,
    build_pair,
    build_pairs,
    compare_fields,
    default_survivor,
    describe_merge,
    people_of,
)
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantMergedAlready,
    ParticipantNotFound,
)
from hub_sync.hub.domains.participants.manifest import PARTICIPANT, PARTICIPANTS_CREATE, PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/duplicates"
_PATH = f"{_LIST_PATH}/{{candidate_id}}"
_MERGES_PATH = "/events/{event_id}/merges"
_MERGE_PATH = f"{_MERGES_PATH}/{{merge_id}}"
VIEWS: dict[str, tuple[DuplicateStatus, ...]] = {
    "": candidates.UNDECIDED,
    "dismissed": (DuplicateStatus.DISMISSED,),
    "merged": (DuplicateStatus.MERGED,),
}
"""The tabs of the list by the word in its address, with the statuses that each shows."""
_LEAST = {"very": VERY_LIKELY, "likely": LIKELY}
_LONGEST_TYPED = 200

router = PageRouter()


@router.get(_LIST_PATH, permissions=DUPLICATES_REVIEW, also=PARTICIPANTS_READ)
def list_duplicates(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(DUPLICATES.parse_console_query)]
) -> Response:
    """List the pairs that may be one person, the likeliest first."""
    event, key = events.get(page.work, page.tenant_id, event_id), FeedKey(page.tenant_id, event_id)
    view = page.request.query_params.get("view", "")
    view = view if view in VIEWS else ""
    least = page.request.query_params.get("least", "")
    statement = candidates.select_candidates(key, VIEWS[view])
    if least in _LEAST:
        statement = statement.where(DuplicateCandidate.score >= _LEAST[least])
    result = DUPLICATES.page(page.work, statement, query, page.tenant_id)
    counts = candidates.count_by_status(page.work, key)
    run = runs.latest(page.work, page.tenant_id, event_id)
    return page.render(
        "duplicates/list.html",
        event=event,
        result=result,
        pairs=build_pairs(page.work, key, result.rows),
        view=view,
        least=least,
        totals={name: sum(counts[status] for status in statuses) for name, statuses in VIEWS.items()},
        run=run,
        is_running=run is not None and run.state in runs.OPEN,
        failure=RUN_FAILURES.get("" if run is None else runs.failure_of(page.work, run), ""),
        people=participants.count(page.work, page.tenant_id, event_id),
        name_of=participants.display_name,
    )


@router.post(f"{_LIST_PATH}/runs", permissions=DUPLICATES_REVIEW)
def start_run(page: PageCall, event_id: Id) -> Response:
    """Start to look for duplicates."""
    with page.begin() as work:
        runs.start(work, page.tenant_id, event_id)
    return page.redirect(
        f"/events/{event_id}/duplicates", say=_("The hub looks for duplicates. Pairs appear here as it ends.")
    )


@router.get(f"{_LIST_PATH}/similar", permissions=PARTICIPANTS_CREATE, also=PARTICIPANTS_READ)
def show_similar(page: PageCall, event_id: Id) -> Response:
    """Name who may be registered already, for the form of registration."""
    typed = page.request.query_params
    names = ("first_name", "last_name", "email", "phone")
    values = {name: typed.get(name, "")[:_LONGEST_TYPED] for name in names}
    hints = similar_to(page.work, page.tenant_id, event_id, values)
    key, likely = FeedKey(page.tenant_id, event_id), [hint.id for hint in hints]
    # Families and offices share an address: alone it makes no pair to review, and whoever types it may know better.
    with_email = participants.ids_with_email(page.work, *key, values["email"]) if values["email"] else []
    sharing = [id_ for id_ in with_email if id_ not in likely][:MOST_HINTS]
    return page.render(
        "duplicates/similar.html",
        event=events.get(page.work, *key),
        people=[participants.get(page.work, *key, id_) for id_ in likely],
        sharing=[participants.get(page.work, *key, id_) for id_ in sharing],
        name_of=participants.display_name,
    )


@router.get(_PATH, permissions=DUPLICATES_REVIEW, also=PARTICIPANTS_READ)
def show_duplicate(page: PageCall, event_id: Id, candidate_id: Id) -> Response:
    """Show both registrations side by side, and what speaks for one person and against it."""
    event, key = events.get(page.work, page.tenant_id, event_id), FeedKey(page.tenant_id, event_id)
    candidate = candidates.get(page.work, key, candidate_id)
    people = people_of(page.work, key, [candidate])
    a, b = people[candidate.a_id], people[candidate.b_id]
    following = candidates.find_next(page.work, key, candidate)
    others = candidates.of_people(page.work, key, (a.id, b.id), without=candidate.id)
    entries = audit.entries_of(page.work, page.tenant_id, "duplicate", candidate_id)
    merges = (
        merging.of_participant(page.work, key, a.id) if candidate.status is DuplicateStatus.MERGED else []
    )
    return page.render(
        "duplicates/pair.html",
        event=event,
        pair=build_pair(candidate, a, b),
        fields=compare_fields(candidate, a, b),
        survivor=default_survivor(a, b),
        is_open=candidate.status in candidates.UNDECIDED and not (a.deleted_at or b.deleted_at),
        is_gone=candidate.status in candidates.UNDECIDED and bool(a.deleted_at or b.deleted_at),
        may_merge=may_merge(page.caller),
        next_id=following.id if following is not None else "",
        others=build_pairs(page.work, key, others),
        merge_id=next((merged.id for merged in merges if b.id in (merged.survivor_id, merged.loser_id)), ""),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
    )


@router.post(
    f"{_PATH}/merge",
    permissions=DUPLICATES_REVIEW,
    also=PARTICIPANTS_READ,
    on_error=show_duplicate,
    beside={
        ParticipantChanged: "",
        ParticipantMergedAlready: "",
        ParticipantNotFound: "",
        DuplicateDecided: "",
    },
)
def merge_pair(page: PageCall, event_id: Id, candidate_id: Id) -> Response:
    """Merge both registrations, and go on to the next pair."""
    require_rights(page.caller)
    form = page.parse(MergeForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        candidate = candidates.get(work, key, candidate_id)
        merged = merging.merge(work, page.tenant_id, event_id, form.request(candidate))
        name = participants.display_name(participants.get(work, *key, merged.survivor_id))
    return _go_on(
        page,
        key,
        candidate_id,
        _("%(name)s is one registration now. Both tickets open.") % {"name": isolated(name)},
    )


@router.post(
    f"{_PATH}/dismiss",
    permissions=DUPLICATES_REVIEW,
    also=PARTICIPANTS_READ,
    on_error=show_duplicate,
    beside={DuplicateDecided: ""},
)
def dismiss_pair(page: PageCall, event_id: Id, candidate_id: Id) -> Response:
    """Decide that they are two people, and go on to the next pair."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        candidates.dismiss(work, key, candidate_id)
    return _go_on(
        page, key, candidate_id, _("They stay two people, until one of the compared fields changes.")
    )


@router.post(
    f"{_PATH}/confirm",
    permissions=DUPLICATES_REVIEW,
    also=PARTICIPANTS_READ,
    on_error=show_duplicate,
    beside={DuplicateDecided: ""},
)
def confirm_pair(page: PageCall, event_id: Id, candidate_id: Id) -> Response:
    """Decide that they are one person, for somebody else to merge."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        candidates.confirm(work, key, candidate_id)
    return _go_on(page, key, candidate_id, _("It is marked as one person, for somebody who may merge."))


@router.post(
    f"{_PATH}/reopen",
    permissions=DUPLICATES_REVIEW,
    also=PARTICIPANTS_READ,
    on_error=show_duplicate,
    beside={DuplicateDecided: ""},
)
def reopen_pair(page: PageCall, event_id: Id, candidate_id: Id) -> Response:
    """Take the decision back."""
    with page.begin() as work:
        candidates.reopen(work, FeedKey(page.tenant_id, event_id), candidate_id)
    return page.redirect(
        f"/events/{event_id}/duplicates/{candidate_id}", say=_("It is to be looked at again.")
    )


@router.get(_MERGES_PATH, permissions=DUPLICATES_REVIEW, also=PARTICIPANTS_READ)
def list_merges(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(MERGES.parse_console_query)]
) -> Response:
    """List the merges of the event, the newest first."""
    event, key = events.get(page.work, page.tenant_id, event_id), FeedKey(page.tenant_id, event_id)
    result = MERGES.page(page.work, merging.select_merges(key), query, page.tenant_id)
    actors = sorted({row.merged_by for row in result.rows})
    names = audit.names_of_actors(page.work, page.tenant_id, actors)
    return page.render(
        "duplicates/merges.html",
        event=event,
        result=result,
        people=people_of(page.work, key, result.rows),
        name_of=participants.display_name,
        actor_of=lambda actor: names.get(actor) or audit.actor_name(actor),
    )


@router.get(_MERGE_PATH, permissions=DUPLICATES_REVIEW, also=PARTICIPANTS_READ)
def show_merge(page: PageCall, event_id: Id, merge_id: Id) -> Response:
    """Show a merge: what it changed, and whether it can be undone."""
    event, key = events.get(page.work, page.tenant_id, event_id), FeedKey(page.tenant_id, event_id)
    merged = merging.get(page.work, key, merge_id)
    people = people_of(page.work, key, [merged])
    survivor = people[merged.survivor_id]
    stands = merged.undone_at is None
    actors = [actor for actor in (merged.merged_by, merged.undone_by) if actor]
    names = audit.names_of_actors(page.work, page.tenant_id, actors)
    return page.render(
        "duplicates/merge.html",
        event=event,
        merged=merged,
        survivor=survivor,
        loser=people[merged.loser_id],
        names=(
            participants.display_name(survivor),
            participants.display_name(people[merged.loser_id]),
        ),
        changes=describe_merge(merged),
        conflicts=[
            _(PARTICIPANT.fields.get(name, name))
            for name in (undoing.find_conflicts(page.work, key, merged) if stands else ())
        ],
        blocked_by=undoing.blocking_merge(page.work, key, survivor.id) if stands else "",
        may_undo=may_merge(page.caller),
        actor_of=lambda actor: names.get(actor) or audit.actor_name(actor),
    )


@router.post(
    f"{_MERGE_PATH}/undo",
    permissions=DUPLICATES_REVIEW,
    also=PARTICIPANTS_READ,
    on_error=show_merge,
    beside={MergeUndoConflict: "", MergeUndoBlocked: "", MergeUndone: "", ParticipantNotFound: ""},
)
def undo_merge(page: PageCall, event_id: Id, merge_id: Id) -> Response:
    """Undo the merge."""
    require_rights(page.caller)
    form = page.parse(UndoForm)
    with page.begin() as work:
        undoing.undo(work, FeedKey(page.tenant_id, event_id), merge_id, keep_changes=form.keep_changes)
    return page.redirect(
        f"/events/{event_id}/merges/{merge_id}",
        say=_("The merge is undone. Both are registrations of their own again."),
    )


def _go_on(page: Page, key: FeedKey, candidate_id: str, say: str) -> Response:
    """Go to the next pair, or to the list if none is left."""
    with page.hub.uow.read() as work:
        following = candidates.find_next(work, key, candidates.get(work, key, candidate_id))
        next_id = following.id if following is not None else ""
    path = f"/events/{key.event_id}/duplicates"
    return page.redirect(f"{path}/{next_id}" if next_id else path, say=say)
