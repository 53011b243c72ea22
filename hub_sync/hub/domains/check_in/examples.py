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
    "cleared": False,
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
        "passage": None,
        "flag": None,
    },
    "CheckpointResponse": CHECKPOINT_ROW | STAMPS,
    "ConflictResponse": {
        "id": KEY,
        "event_id": EVENT,
        **CONFLICT,
        "access_log_id": SCAN,
        "other_access_log_id": EARLIER,
        "at": LATER,
        "cleared_by": None,
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
    "ScanResponse": {
        **_VERDICT,
        "access_log_id": SCAN,
        "reason_code": "admitted",
        "participant": {"id": PERSON, "name": "Ada Lovelace", "category": "Speaker"},
        "earlier": None,
        "occupancy": [_WHOLE, _HALL],
        "scanned_at": LATER,
    },
    "ScannedParticipant": {"id": PERSON, "name": "Ada Lovelace", "category": "Speaker"},
    "ZoneOccupancy": _HALL,
}
