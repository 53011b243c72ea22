"""Examples of imports, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import EARLIER, EVENT, PERSON, STAMPS

_OPTIONS = {
    "match_by": "external_id",
    "matched": "update",
    "unmatched": "create",
    "clear_empty": False,
    "name_order": "first_last",
    "phone_region": "DE",
    "new_status": "APPROVED",
}
_MEND = {"kind": "replace", "field": "email", "text": "ada(at)example.org", "by": "ada@example.org"}
_MAPPING = {"0": "external_id", "1": "full_name", "2": "email"}
_ISSUE = {
    "cause": "email_invalid",
    "field": "email",
    "text": "ada(at)example.org",
    "is_error": True,
    "message": "Not an e-mail address, such as ada@example.org.",
}
_ROW = {
    "line": 2,
    "outcome": "refuse",
    "participant_id": PERSON,
    "values": {"external_id": "4711", "first_name": "Ada", "last_name": "Lovelace"},
    "before": {},
    "issues": [_ISSUE],
}
_IMPORT = {
    "id": EARLIER,
    "event_id": EVENT,
    "file_name": "people.csv",
    "file_size": 1834,
    "file_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "stage": "PREVIEW",
    "reading": {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": ";",
        "rows": 3,
        "columns": 3,
        "numbers": {},
        "notes": [],
    },
    "header_line": 1,
    "header": ["Member id", "Name", "E-mail"],
    "mapping": _MAPPING,
    "options": _OPTIONS,
    "mends": [_MEND],
    "summary": {
        "counts": {"create": 1, "change": 0, "unchanged": 0, "skip": 0, "refuse": 1},
        "total": 2,
        "changed_fields": {},
        "groups": [
            {
                "cause": "email_invalid",
                "field": "email",
                "is_error": True,
                "count": 1,
                "parameters": {},
                "examples": [[2, "ada(at)example.org", {}]],
                "texts": [["ada(at)example.org", 1]],
                "more_texts": 0,
            }
        ],
    },
    "operation_id": None,
    "requested_by": "user:ada@example.org",
    "version": 3,
    **STAMPS,
}

EXAMPLES: dict[str, Any] = {
    "ImportOptions": _OPTIONS,
    "ReplaceMend": _MEND,
    "DefaultMend": {"kind": "default", "field": "category", "by": "Visitor"},
    "ClearMend": {"kind": "clear", "field": "phone", "cause": "phone_invalid"},
    "SkipMend": {"kind": "skip", "field": "registration_code", "cause": "twice"},
    "RowMend": {"kind": "row", "line": 17, "field": "email", "by": "ada@example.org"},
    "ImportChanges": {"mapping": _MAPPING, "options": _OPTIONS, "mends": [_MEND]},
    "ImportResponse": _IMPORT,
    "ImportIssueResponse": _ISSUE,
    "ImportRowResponse": _ROW,
    "ImportRowsResponse": {"total": 1, "page": 1, "pages": 1, "rows": [_ROW]},
}
