"""Examples of the requests and responses of duplicates, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, KEY, LATER, PERSON

OTHER_PERSON = "01977a40-3c2d-7e3b-8a11-7d2e3f4a5b6c"
_EXPLANATION: dict[str, Any] = {
    "fields": {
        "first_name": {"verdict": "variant", "bits": 6.1},
        "last_name": {"verdict": "same", "bits": 10.4},
        "email": {"verdict": "same", "bits": 13.0},
        "phone": {"verdict": "missing", "bits": 0.0},
        "birth_date": {"verdict": "missing", "bits": 0.0},
    },
    "may_be_household": False,
}

EXAMPLES: dict[str, Any] = {
    "DuplicateResponse": {
        "id": KEY,
        "event_id": EVENT,
        "a_id": PERSON,
        "b_id": OTHER_PERSON,
        "score": 0.9987,
        "explanation": _EXPLANATION,
        "status": "PENDING",
        "decided_by": None,
        "decided_at": None,
        "created_at": AT,
        "updated_at": AT,
    },
    "DuplicateRunResponse": {
        "id": KEY,
        "event_id": EVENT,
        "state": "COMPLETED",
        "reason": "",
        "people": 12000,
        "compared": 48210,
        "pairs": 131,
        "added": 17,
        "started_at": AT,
        "ended_at": LATER,
        "created_at": AT,
    },
    "SimilarPerson": {"participant_id": PERSON, "score": 0.9987, "explanation": _EXPLANATION},
    "SimilarResponse": {
        "similar": [{"participant_id": PERSON, "score": 0.9987, "explanation": _EXPLANATION}]
    },
    "MergeResponse": {
        "id": KEY,
        "event_id": EVENT,
        "survivor_id": PERSON,
        "loser_id": OTHER_PERSON,
        "candidate_id": None,
        "choices": {"phone": "loser"},
        "merged_by": "user:01977a43-6b1c-7d2a-9f00-6c1d2e3f4a5b",
        "undone_at": None,
        "undone_by": None,
        "created_at": AT,
    },
}
