"""The lists of duplicates: pairs and merges."""

from hub_sync.hub.domains.duplicates.schemas import DuplicateResponse, MergeResponse
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate, MergeHistory
from hub_sync.hub.kit.lists.result_pages import Listing

DUPLICATES = Listing(
    row=DuplicateCandidate,
    schema=DuplicateResponse,
    sorts={
        "score": DuplicateCandidate.score,
        "created_at": DuplicateCandidate.created_at,
        "updated_at": DuplicateCandidate.updated_at,
    },
    default_sort="-score",
    filters={
        "status": DuplicateCandidate.status,
        "a_id": DuplicateCandidate.a_id,
        "b_id": DuplicateCandidate.b_id,
    },
)
MERGES = Listing(
    row=MergeHistory,
    schema=MergeResponse,
    sorts={"created_at": MergeHistory.created_at},
    default_sort="-created_at",
    filters={"survivor_id": MergeHistory.survivor_id, "loser_id": MergeHistory.loser_id},
)
