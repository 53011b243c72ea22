"""Examples of the requests and responses of workflows, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, STAMPS

_DAY = [{"opens": "09:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:00"}]
_WEEK: dict[str, Any] = {
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), _DAY),
    "saturday": [],
    "sunday": [],
}
_CALENDAR: dict[str, Any] = {
    "id": "01977a60-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "name": "Office Munich",
    "time_zone": "Europe/Berlin",
    "hours": _WEEK,
    "holidays": [{"day": "2026-12-25", "name": "Christmas"}],
    "number": 2,
    **STAMPS,
}
_CLOCK: dict[str, Any] = {
    "id": "01977a61-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "event_id": EVENT,
    "execution_id": "01977a62-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "task_id": "01977a63-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "join_id": None,
    "step_key": "review",
    "step_name": "Document review",
    "calendar_version_id": "01977a64-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "time_zone": "Europe/Berlin",
    "target_minutes": 240,
    "warn_percent": 80,
    "on_timeout": "ESCALATE",
    "reopening": "RESUME",
    "state": "RUNNING",
    "started_at": AT,
    "due_at": "2026-06-10T12:00:00Z",
    "warn_at": "2026-06-10T11:12:00Z",
    "warned_at": None,
    "warning_missed": False,
    "breached_at": None,
    "timed_out_at": None,
    "ended_at": None,
    **STAMPS,
}
_PERIOD: dict[str, Any] = {
    "kind": "OPEN",
    "start": AT,
    "end": "2026-06-10T09:30:00Z",
    "name": "",
    "counted_ms": 5_400_000,
}

EXAMPLES: dict[str, Any] = {
    "NewBusinessCalendar": {name: _CALENDAR[name] for name in ("name", "time_zone", "hours", "holidays")},
    "BusinessCalendarChanges": {"hours": _WEEK},
    "BusinessCalendarResponse": _CALENDAR,
    "PublicHolidays": {"region": "DE-BY", "year": 2027, "language": "en"},
    "SlaClockPause": {"reason": "We wait for the participant's documents."},
    "SlaClockChanges": {"target_minutes": 480},
    "SlaClockResponse": _CLOCK,
    "SlaClockSumResponse": {
        **_CLOCK,
        "elapsed_ms": 5_400_000,
        "remaining_ms": 9_000_000,
        "earlier_ms": 0,
        "periods": [_PERIOD],
    },
}
