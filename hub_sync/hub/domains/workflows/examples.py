"""Examples of the requests and responses of workflows, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, LATER, PERSON, STAMPS

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

_WORKFLOW_ID, _VERSION_ID = "01977a50-1f2e-7b4d-9c60-5d4e3f2a1b0c", "01977a51-1f2e-7b4d-9c60-5d4e3f2a1b0c"
_EXECUTION_ID, _TASK_ID = _CLOCK["execution_id"], _CLOCK["task_id"]
_USER, _DELEGATE = "01977a66-2a1b-7c3d-8e4f-5a6b7c8d9e0f", "01977a67-2a1b-7c3d-8e4f-5a6b7c8d9e0f"
_BRANCH = "01977a65-2a1b-7c3d-8e4f-5a6b7c8d9e0f"
_REVIEW: dict[str, Any] = {
    "key": "review",
    "name": "Document review",
    "type": "REVIEW",
    "assignees": {"roles": ["OPERATOR"]},
    "sla": {"minutes": 240, "on_timeout": "ESCALATE", "escalate_to": {"roles": ["ADMIN"]}},
}
_DEFINITION: dict[str, Any] = {"start": {"on": ["REGISTRATION", "IMPORT"]}, "steps": [_REVIEW]}
_WORKFLOW: dict[str, Any] = {
    "id": _WORKFLOW_ID,
    "event_id": EVENT,
    "name": "Press accreditation",
    "description": "Journalists and photographers",
    "published_version": 2,
    "is_enabled": True,
    "steps": [
        {
            "position": 1,
            "key": "review",
            "name": "Document review",
            "type": "REVIEW",
            "next": None,
            "sla_minutes": 240,
            "config": {"assignees": {"roles": ["OPERATOR"]}},
        }
    ],
    "draft": _DEFINITION,
    **STAMPS,
}
_FAULT: dict[str, Any] = {
    "code": "NO_ASSIGNEE",
    "step_key": "review",
    "message": "Nobody is assigned to “Document review”.",
    "parameters": {"step": "Document review"},
}
_VERSION: dict[str, Any] = {
    "id": _VERSION_ID,
    "workflow_id": _WORKFLOW_ID,
    "number": 2,
    "published_at": AT,
    "published_by": "user:ada@example.org",
}
_TASK: dict[str, Any] = {
    "id": _TASK_ID,
    "event_id": EVENT,
    "execution_id": _EXECUTION_ID,
    "branch_id": _BRANCH,
    "step_key": "review",
    "type": "REVIEW",
    "status": "DECIDED",
    "round": 1,
    "opened_at": AT,
    "decision": "APPROVE",
    "reason": "",
    "return_to": None,
    "decided_by": "user:ada@example.org",
    "decided_by_id": _USER,
    "decided_for_id": None,
    "decided_at": LATER,
    "effective_at": "2026-06-10T08:13:30Z",
    "applied_at": None,
    "ended_at": None,
    **STAMPS,
}
_EXECUTION: dict[str, Any] = {
    "id": _EXECUTION_ID,
    "event_id": EVENT,
    "workflow_id": _WORKFLOW_ID,
    "version_id": _VERSION_ID,
    "participant_id": PERSON,
    "status": "ACTIVE",
    "trigger": "REGISTRATION",
    "started_by": "system",
    "started_at": AT,
    "ended_at": None,
    "outcome": None,
    "problem": "",
    "retry_at": None,
    **STAMPS,
}
_WAITING: dict[str, Any] = {
    "kind": "DECISION",
    "since": AT,
    "task_id": _TASK_ID,
    "step_key": "review",
    "step_name": "Document review",
    "type": "REVIEW",
    "branch": "reviews/documents",
    "users": [_USER],
    "delegates": [_DELEGATE],
    "names": {_USER: "Ada Lovelace", _DELEGATE: "Grace Hopper"},
    "roles": ["OPERATOR"],
    "can_act": True,
    "decision": None,
    "until": None,
    "due_at": "2026-06-10T12:00:00Z",
    "is_late": False,
    "on_timeout": "ESCALATE",
    "escalate_to": {"users": [], "roles": ["ADMIN"]},
    "join": {
        "step_key": "reviewed",
        "name": "Both reviewed",
        "rule": "ALL",
        "on_reject": "FAIL_FAST",
        "voters": "BRANCH",
        "opened": 2,
        "needed": 2,
        "completed": 1,
        "due_at": None,
        "on_timeout": "NONE",
    },
    "problem": "",
}
_STATE: dict[str, Any] = {
    **_EXECUTION,
    "branches": [
        {
            "id": _BRANCH,
            "parent_id": None,
            "path": "",
            "step_key": "review",
            "status": "ACTIVE",
            "round": 1,
            "started_at": AT,
            "ended_at": None,
        }
    ],
    "joins": [
        {
            "id": "01977a68-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
            "branch_id": _BRANCH,
            "path": "reviews",
            "step_key": "reviewed",
            "status": "WAITING",
            "opened": 2,
            "needed": 2,
            "ended_at": None,
        }
    ],
    "tasks": [_TASK],
    "clocks": [_CLOCK],
    "waiting_for": [_WAITING],
}
_DELEGATION: dict[str, Any] = {
    "user_id": _USER,
    "delegate_id": _DELEGATE,
    "starts_at": "2026-06-10T00:00:00Z",
    "ends_at": "2026-06-24T00:00:00Z",
    "reason": "On holiday",
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
    "NewWorkflow": {"name": "Press accreditation", "shape": "PARALLEL_REVIEWS"},
    "WorkflowChanges": {"description": "Journalists and photographers", "definition": _DEFINITION},
    "WorkflowPublication": {"version": 3},
    "WorkflowDraftResponse": _WORKFLOW,
    "WorkflowFaultsResponse": {"faults": [_FAULT]},
    "WorkflowVersionResponse": _VERSION,
    "WorkflowVersionWithDefinitionResponse": {**_VERSION, "definition": _DEFINITION},
    "WorkflowSimulation": {"participants": 200},
    "WorkflowSimulationResponse": {
        "participants": 200,
        "starting": 180,
        "completed": 198,
        "rejected": 2,
        "shortest_minutes": 240,
        "longest_minutes": 480,
        "mean_minutes": 300,
        "steps": [
            {
                "key": "voted",
                "name": "Two of three approve",
                "type": "JOIN",
                "reached": 198,
                "skipped": 0,
                "joined": 198,
                "failed": 2,
                "failed_for": ["K7QTM-4XW9H"],
                "branches": {},
            }
        ],
    },
    "NewExecution": {"participant_id": PERSON},
    "ExecutionCancellation": {"reason": "Registered for another event."},
    "ExecutionResponse": _EXECUTION,
    "ExecutionStateResponse": _STATE,
    "HistoryEntryResponse": {
        "number": 4,
        "kind": "DECIDED",
        "branch_path": "reviews/documents",
        "step_key": "review",
        "actor": "user:ada@example.org",
        "data": {"task": _TASK_ID, "decision": "APPROVE", "reason": ""},
        "at": LATER,
    },
    "TaskAnswer": {"decision": "APPROVE"},
    "ManyTaskAnswers": {"decision": "REJECT", "reason": "No seats left", "task_ids": [_TASK_ID]},
    "TaskResponse": _TASK,
    "ManyTaskResults": {
        "done": 0,
        "results": [
            {
                "task_id": _TASK_ID,
                "is_done": False,
                "code": "WorkflowTaskEnded",
                "message": "This task is not open any more. Your answer was written into the history, and changes nothing.",
                "status": 409,
                "effective_at": None,
            }
        ],
    },
    "NewDelegation": {name: value for name, value in _DELEGATION.items() if name != "user_id"},
    "DelegationResponse": {
        "id": "01977a69-2a1b-7c3d-8e4f-5a6b7c8d9e0f",
        **_DELEGATION,
        "created_at": AT,
    },
}
