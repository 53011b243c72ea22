"""Pairs that may be one person, over REST."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.detection.hints import similar_to
from hub_sync.hub.domains.duplicates.errors import (
    DuplicateDecided,
    DuplicateNotFound,
    DuplicateRunNotFound,
)
from hub_sync.hub.domains.duplicates.lists import DUPLICATES
from hub_sync.hub.domains.duplicates.manifest import DUPLICATES_REVIEW
from hub_sync.hub.domains.duplicates.schemas import (
    DuplicateResponse,
    DuplicateRunResponse,
    SimilarPerson,
    SimilarRequest,
    SimilarResponse,
)
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate, DuplicateRun, DuplicateRunState
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["duplicates"])
_MISSING = (EventNotFound, DuplicateNotFound)


@router.get("/duplicates", permissions=DUPLICATES_REVIEW, listing=DUPLICATES, errors=(EventNotFound,))
def list_duplicates(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(DUPLICATES.parse_query)]
) -> Response:
    """List the pairs of registrations that may be of one person, the likeliest first.

    Undecided pairs of somebody who was deleted or merged meanwhile are left out.
    """
    events.check_exists(call.work, call.tenant_id, event_id)
    return DUPLICATES.list_response(
        call, query, candidates.select_candidates(FeedKey(call.tenant_id, event_id))
    )


@router.get(
    "/duplicates/{candidate_id}",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateResponse,
    listing=DUPLICATES,
    errors=_MISSING,
)
def get_duplicate(
    call: Call,
    event_id: Id,
    candidate_id: Id,
    selection: Annotated[FieldSelection, Depends(DUPLICATES.parse_selection)],
) -> Response:
    """Return a pair with the explanation of its score."""
    events.check_exists(call.work, call.tenant_id, event_id)
    candidate = candidates.get(call.work, FeedKey(call.tenant_id, event_id), candidate_id)
    return DUPLICATES.item_response(call, selection, candidate)


@router.post(
    "/duplicates/{candidate_id}/dismiss",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateResponse,
    errors=(*_MISSING, DuplicateDecided),
)
def dismiss_duplicate(call: Call, event_id: Id, candidate_id: Id) -> Response:
    """Decide that a pair is two people. It stays so until a compared field of either changes."""
    return _decide(call, event_id, candidate_id, candidates.dismiss)


@router.post(
    "/duplicates/{candidate_id}/confirm",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateResponse,
    errors=(*_MISSING, DuplicateDecided),
)
def confirm_duplicate(call: Call, event_id: Id, candidate_id: Id) -> Response:
    """Decide that a pair is one person, for somebody who may change and delete participants to merge."""
    return _decide(call, event_id, candidate_id, candidates.confirm)


@router.post(
    "/duplicates/{candidate_id}/reopen",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateResponse,
    errors=(*_MISSING, DuplicateDecided),
)
def reopen_duplicate(call: Call, event_id: Id, candidate_id: Id) -> Response:
    """Take a decision about a pair back."""
    return _decide(call, event_id, candidate_id, candidates.reopen)


@router.post(
    "/duplicate-runs",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateRunResponse,
    status=201,
    errors=(EventNotFound,),
)
def start_duplicate_run(call: Call, event_id: Id) -> Response:
    """Look for duplicates among everybody at the event, in the background. One that is under way is returned again."""
    with call.begin() as work:
        run = runs.start(work, call.tenant_id, event_id)
        location = f"{API}/events/{event_id}/duplicate-runs/{run.id}"
        return call.created(_run_response(work, run), location)


@router.get(
    "/duplicate-runs/{run_id}",
    permissions=DUPLICATES_REVIEW,
    schema=DuplicateRunResponse,
    errors=(EventNotFound, DuplicateRunNotFound),
)
def get_duplicate_run(call: Call, event_id: Id, run_id: Id) -> Response:
    """Return how far a search for duplicates has come."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return call.ok(_run_response(call.work, runs.get(call.work, call.tenant_id, event_id, run_id)))


@router.post(
    "/similar-participants",
    permissions=DUPLICATES_REVIEW,
    schema=SimilarResponse,
    errors=(EventNotFound,),
)
def find_similar_participants(call: Call, event_id: Id, person: SimilarRequest) -> Response:
    """Return who is registered already and may be this person. It stores nothing, and keeps nobody from registering."""
    with call.begin() as work:
        hints = similar_to(work, call.tenant_id, event_id, person.model_dump())
        similar = [
            SimilarPerson(
                participant_id=hint.id,
                score=round(hint.score.probability, 4),
                explanation=hint.score.explanation,
            )
            for hint in hints
        ]
        return call.ok(SimilarResponse(similar=similar))


def _run_response(work: Work, run: DuplicateRun) -> DuplicateRunResponse:
    response = DuplicateRunResponse.model_validate(run)
    is_complete = run.state is DuplicateRunState.COMPLETED
    return response.model_copy(update={"reason": "" if is_complete else runs.failure_of(work, run)})


def _decide(
    call: RestCall,
    event_id: str,
    candidate_id: str,
    decide: Callable[[Work, FeedKey, str], DuplicateCandidate],
) -> Response:
    """Decide about a pair, and return it."""
    with call.begin() as work:
        candidate = decide(work, FeedKey(call.tenant_id, event_id), candidate_id)
        return call.ok(DuplicateResponse.model_validate(candidate))
