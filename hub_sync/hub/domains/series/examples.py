"""Examples of the requests and responses of series and cloning, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, KEY, LATER

COPY = "01977a52-1b2c-7d3e-8f4a-5b6c7d8e9fa0"
_HASH = "5f1c8d0e9b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e"
_OPTIONS: dict[str, Any] = {
    "name": "Summit 2027",
    "slug": "summit-2027",
    "start_on": "2027-06-09",
    "parts": ["checkpoints", "queues", "messages"],
    "holidays": "DE-BE",
}
_SOURCE: dict[str, Any] = {
    "id": EVENT,
    "name": "Summit 2026",
    "slug": "summit-2026",
    "time_zone": "Europe/Berlin",
    "starts_at": "2026-06-10T06:00:00Z",
    "ends_at": "2026-06-11T16:00:00Z",
}
_DATE: dict[str, Any] = {
    "field": "starts_at",
    "label": "Starts",
    "kind": "instant",
    "before": "2026-06-10T06:00:00Z",
    "after": "2027-06-09T06:00:00Z",
    "note": None,
}
_NOTE: dict[str, Any] = {
    "code": "weekday",
    "message": "The weekday is another one: 2026-06-10 became 2027-06-08.",
    "place": "",
    "name": "",
    "parameters": {"before": "2026-06-10", "after": "2027-06-08"},
}
_THING: dict[str, Any] = {
    "part": "event",
    "kind": "events",
    "label": "Event",
    "name": "Summit 2027",
    "dates": [_DATE],
}
_OMISSION: dict[str, Any] = {
    "title": "Operators of stations",
    "reason": "A PIN is valid for one event. Issue new ones for the copy.",
}

SERIES = "01977b0f-1b2c-7d3e-8f4a-5b6c7d8e9fa0"
EDITION = "01977b10-2c3d-7e4f-8a5b-6c7d8e9fa0b1"
_SERIES: dict[str, Any] = {
    "name": "Jazz night",
    "slug": "jazz-night",
    "description": "Every last Friday of the month.",
    "time_zone": "Europe/Berlin",
    "name_pattern": "{name} {number}",
    "is_public": True,
}
_RECURRENCE: dict[str, Any] = {
    "frequency": "MONTHLY_BY_WEEKDAY",
    "interval": 1,
    "start_on": "2026-07-01",
    "count": 12,
    "weekdays": ["FR"],
    "week_of_month": -1,
    "left_out": ["2026-12-25"],
}
_RECURRENCE_OPTIONS: dict[str, Any] = {
    "source_event_id": EVENT,
    "recurrence": _RECURRENCE,
    "start_at": "20:00",
    "holidays": "DE-BE",
    "leaves_out_holidays": True,
}
_PLANNED_EDITION: dict[str, Any] = {
    "number": 5,
    "day": "2026-07-31",
    "name": "Jazz night 5",
    "slug": "jazz-night-5",
    "starts_at": "2026-07-31T18:00:00Z",
    "ends_at": "2026-07-31T21:00:00Z",
    "warnings": [],
}
_SKIPPED_DAY: dict[str, Any] = {
    "day": "2026-12-25",
    "code": "left_out",
    "message": "2026-12-25 is left out.",
    "parameters": {"day": "2026-12-25"},
}
_SETTINGS: dict[str, Any] = {"start_at": "19:30", "capacity": 150}
_CHANGE_OPTIONS: dict[str, Any] = {
    "edition_id": EDITION,
    "scope": "THIS_AND_LATER",
    "settings": _SETTINGS,
    "chosen": [],
}
_PLANNED_CHANGE: dict[str, Any] = {
    "field": "start_at",
    "label": "Starts",
    "before": "20:00",
    "after": "19:30",
    "by_hand": False,
    "applies": True,
}
_CHANGED_EDITION: dict[str, Any] = {
    "edition_id": EDITION,
    "event_id": EVENT,
    "number": 4,
    "name": "Jazz night 4",
    "participants": 80,
    "is_past": False,
    "is_chosen": True,
    "starts_at": "2026-06-26T17:30:00Z",
    "ends_at": "2026-06-26T20:30:00Z",
    "changes": [_PLANNED_CHANGE],
    "warnings": [],
}
_STAMPS: dict[str, Any] = {"version": 1, "created_at": AT, "updated_at": AT}

_COMPARED: dict[str, Any] = {
    "id": EVENT,
    "name": "Summit 2026",
    "time_zone": "Europe/Berlin",
    "starts_at": "2026-06-10T06:00:00Z",
}
_FIGURE: dict[str, Any] = {"name": "came", "label": "Came", "before": 412, "after": 468}
_DIFFERENT_FIELD: dict[str, Any] = {
    "field": "opens_at",
    "label": "Opens",
    "before": "08:00",
    "after": "07:30",
}
_DIFFERENT_THING: dict[str, Any] = {
    "part": "checkpoints",
    "kind": "checkpoints",
    "label": "Checkpoint",
    "name": "Main entrance",
    "change": "CHANGED",
    "fields": [_DIFFERENT_FIELD],
}

EXAMPLES: dict[str, Any] = {
    "ComparedEvent": _COMPARED,
    "ComparedFigure": _FIGURE,
    "DifferentField": _DIFFERENT_FIELD,
    "DifferentThing": _DIFFERENT_THING,
    "Differences": {
        "before": _COMPARED,
        "after": {
            **_COMPARED,
            "id": COPY,
            "name": "Summit 2027",
            "starts_at": "2027-06-09T06:00:00Z",
        },
        "figures": [_FIGURE],
        "things": [_DIFFERENT_THING],
        "more": 0,
        "unread": ["Blacklist entry"],
    },
    "CloneOptions": _OPTIONS,
    "RunClone": {**_OPTIONS, "plan_hash": _HASH},
    "PlannedDate": _DATE,
    "PlannedThing": _THING,
    "PlanNote": _NOTE,
    "PlannedOmission": _OMISSION,
    "PlannedEvent": _SOURCE,
    "ClonePlan": {
        "source": _SOURCE,
        "target": {
            **_SOURCE,
            "id": None,
            "name": "Summit 2027",
            "slug": "summit-2027",
            "starts_at": "2027-06-09T06:00:00Z",
            "ends_at": "2027-06-10T16:00:00Z",
        },
        "things": [_THING],
        "people": 0,
        "warnings": [_NOTE],
        "problems": [],
        "left_out": [_OMISSION],
        "plan_hash": _HASH,
    },
    "CloneResponse": {
        "id": KEY,
        "source_event_id": EVENT,
        "target_event_id": COPY,
        "options": _OPTIONS,
        "counts": {"checkpoints": 12, "queues": 3},
        "warnings": ["weekday"],
        "status": "COMPLETED",
        "reason": None,
        "error": None,
        "requested_by": "user:01977a43-6b1c-7d2a-9f00-6c1d2e3f4a5b",
        "started_at": AT,
        "ended_at": LATER,
        "undone_at": None,
        "undone_by": None,
        "created_at": AT,
    },
    "NewSeries": _SERIES,
    "SeriesChanges": {"description": "Every last Friday, with a guest.", "next_number": 40},
    "SeriesResponse": {"id": SERIES, **_SERIES, "next_number": 5, **_STAMPS},
    "NewEdition": {"event_id": EVENT, "number": 4},
    "EditionChanges": {"number": 5},
    "EditionResponse": {
        "id": EDITION,
        "series_id": SERIES,
        "event_id": EVENT,
        "number": 4,
        "occurs_on": "2026-06-26",
        "operation_id": None,
        **_STAMPS,
    },
    "Recurrence": _RECURRENCE,
    "RecurrenceOptions": _RECURRENCE_OPTIONS,
    "RunRecurrence": {**_RECURRENCE_OPTIONS, "plan_hash": _HASH},
    "PlannedEdition": _PLANNED_EDITION,
    "SkippedDay": _SKIPPED_DAY,
    "RecurrencePlan": {
        "editions": [_PLANNED_EDITION],
        "skipped_days": [_SKIPPED_DAY],
        "skipped_months": [],
        "warnings": [],
        "problems": [],
        "plan_hash": _HASH,
    },
    "CheckpointHours": {"name": "Main gate", "opens_at": "19:00", "closes_at": "23:00"},
    "EditionSettings": _SETTINGS,
    "ChangeOptions": _CHANGE_OPTIONS,
    "RunChange": {**_CHANGE_OPTIONS, "plan_hash": _HASH, "confirmed": True, "notifies": True},
    "PlannedChange": _PLANNED_CHANGE,
    "ChangedEdition": _CHANGED_EDITION,
    "ChangePlan": {
        "editions": [_CHANGED_EDITION],
        "changing": 1,
        "participants": 80,
        "concerned": 80,
        "problems": [],
        "plan_hash": _HASH,
    },
    "SeriesOperationResponse": {
        "id": KEY,
        "series_id": SERIES,
        "kind": "CHANGE",
        "source_event_id": EVENT,
        "options": _CHANGE_OPTIONS,
        "status": "COMPLETED",
        "total": 1,
        "done": 1,
        "results": [
            {
                "edition_id": EDITION,
                "event_id": EVENT,
                "number": 4,
                "name": "Jazz night 4",
                "state": "DONE",
            }
        ],
        "reason": None,
        "error": None,
        "ended_at": LATER,
        "requested_by": "user:01977a43-6b1c-7d2a-9f00-6c1d2e3f4a5b",
        "undone_at": None,
        "undone_by": None,
        "created_at": AT,
    },
}
