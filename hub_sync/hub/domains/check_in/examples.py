"""Examples of the requests and responses of check in, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import (
    AT,
    CHECKPOINT,
    DEVICE,
    EARLIER,
    EVENT,
    KEY,
    LATER,
    OTHER_DEVICE,
    PERSON,
    SCAN,
    STAMPS,
)

CHECKPOINT_ROW: dict[str, Any] = {
    "id": CHECKPOINT,
    "event_id": EVENT,
    "name": "Main gate",
    "type": "gate",
    "direction": "entry",
    "zone": "hall-a",
    "active": True,
    "opens_at": "08:30",
    "closes_at": "18:00",
    "allowed_categories": ["Speaker", "Press"],
    "reentry": "after-exit",
    "reentry_minutes": None,
    "reentry_limit": None,
    "unknown_tickets": "admit",
    "stale_roster": "warn",
    "roster_max_age_s": 900,
    "leaves_zones": False,
}
CONFLICT: dict[str, Any] = {
    "participant_id": PERSON,
    "zone": "hall-a",
    "device_id": DEVICE,
    "other_device_id": OTHER_DEVICE,
    "kind": "double-entry",
    "state": "open",
    "verdict": "already_inside",
    "scans": 1,
}
_WHOLE: dict[str, Any] = {"zone": None, "current": 120, "capacity": 200, "level": "green"}
_HALL: dict[str, Any] = {"zone": "hall-a", "current": 45, "capacity": 50, "level": "yellow"}
_VERDICT: dict[str, Any] = {
    "result": "VALID",
    "sentence": "Let in.",
    "detail": "",
    "direction": "entry",
    "participant_id": PERSON,
    "marks": [],
    "overridable": False,
    "override_asked": False,
    "occupancy_change": 1,
    "repeated": False,
}
_OVERRIDE = {"reason": "Their badge is in the post.", "operator": "Grace"}

_SCAN: dict[str, Any] = {
    **_VERDICT,
    "access_log_id": SCAN,
    "reason_code": "admitted",
    "participant": {"id": PERSON, "name": "Ada Lovelace", "category": "Speaker"},
    "earlier": None,
    "occupancy": [_WHOLE, _HALL],
    "scanned_at": LATER,
}
OTHER_PERSON = "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5e"
_FRIEND = {"id": OTHER_PERSON, "name": "Augusta King", "category": "Visitor"}
_MEMBER: dict[str, Any] = {
    "participant_id": OTHER_PERSON,
    "name": "Augusta King",
    "category": "Visitor",
    "may_enter": True,
    "result": "VALID",
    "reason_code": "admitted",
    "sentence": "Let in.",
}
_GROUP: dict[str, Any] = {"group_ref": "Order 4711", "may_enter": 1, "too_large": False, "members": [_MEMBER]}
_MEMBER_REQUEST = {"id": KEY, "participant_id": OTHER_PERSON}

EXAMPLES: dict[str, Any] = {
    "AccessLogResponse": {
        "id": SCAN,
        "event_id": EVENT,
        "checkpoint_id": CHECKPOINT,
        "participant_id": PERSON,
        "device_id": DEVICE,
        "scanned_by": "device",
        "scan_type": "QR",
        "result": "VALID",
        "reason_code": "admitted",
        "marks": [],
        "direction": "entry",
        "zone": "hall-a",
        "scanned_at": LATER,
        "station_time": LATER,
        "received_at": LATER,
        "clock_sure": True,
        "override_asked": False,
        "override_reason": None,
        "override_by": None,
        "operator_id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f4a5b",
        "operator_name": "Mara Lind",
        "passage": None,
        "flag": None,
    },
    "PassageResponse": {
        "id": KEY,
        "event_id": EVENT,
        "checkpoint_id": CHECKPOINT,
        "device_id": DEVICE,
        "access_log_id": SCAN,
        "outcome": "NO_PASSAGE",
        "cause": "timed_out",
        "operator": None,
        "note": None,
        "observed_at": LATER,
        "received_at": LATER,
    },
    "CheckpointResponse": CHECKPOINT_ROW | STAMPS,
    "ConflictResponse": {
        "id": KEY,
        "event_id": EVENT,
        **CONFLICT,
        "access_log_id": SCAN,
        "other_access_log_id": EARLIER,
        "at": LATER,
        "until": LATER,
        "note": "",
        "resolved_by": None,
        "resolved_at": None,
        "changed_at": None,
    },
    "EarlierEntry": {"access_log_id": EARLIER, "checkpoint_id": CHECKPOINT, "scanned_at": AT},
    "OccupancyResponse": {"event": _WHOLE, "zones": [_HALL]},
    "StationOverrideRequest": _OVERRIDE,
    "StationScanRequest": {
        "id": SCAN,
        "checkpoint_id": CHECKPOINT,
        "registration_code": "K7M2P-9QXRT",
    },
    "OverrideRequest": {"reason": _OVERRIDE["reason"]},
    "ScanResponse": _SCAN | {"group": _GROUP},
    "GroupMemberRequest": _MEMBER_REQUEST,
    "GroupMemberResponse": _MEMBER,
    "ConflictsResolvedResponse": {"resolved": 12, "skipped": 0},
    "GroupResponse": _GROUP,
    "GroupScanRequest": {"checkpoint_id": CHECKPOINT, "scan_id": SCAN, "members": [_MEMBER_REQUEST]},
    "GroupScanResponse": {
        "admitted": 1,
        "scans": [
            _SCAN
            | {"marks": ["in_group"], "participant": _FRIEND, "participant_id": OTHER_PERSON, "group": None}
        ],
    },
    "ScannedParticipant": {"id": PERSON, "name": "Ada Lovelace", "category": "Speaker"},
    "ZoneOccupancy": _HALL,
}
