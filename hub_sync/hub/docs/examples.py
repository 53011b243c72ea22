"""An example of every thing that goes over the wire and has none beside its own model.

The wire's models are shared with stations, which describe nothing; and most answers are made of others. A test holds each
of them to its schema.
"""

from typing import Any

from hub_sync.hub.docs.webhook_examples import EXAMPLES as WEBHOOKS

_AT, _LATER = "2026-06-10T08:00:00Z", "2026-06-10T08:12:30Z"
_AT_MS, _LATER_MS = 1781078400000, 1781079150000
_TENANT = "01977a3e-0000-7d2a-9f00-6c1d2e3f4a5b"
_EVENT = "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
_CHECKPOINT = "01977a3f-1b1c-7d2a-9f00-6c1d2e3f4a5b"
_PERSON = "01977a40-2b1c-7d2a-9f00-6c1d2e3f4a5b"
_DEVICE = "01977a41-3b1c-7d2a-9f00-6c1d2e3f4a5b"
_OTHER_DEVICE = "01977a41-4b1c-7d2a-9f00-6c1d2e3f4a5b"
_SCAN = "01977a42-5b1c-7d2a-9f00-6c1d2e3f4a5b"
_EARLIER = "01977a42-4b1c-7d2a-9f00-6c1d2e3f4a5b"
_KEY = "01977a43-6b1c-7d2a-9f00-6c1d2e3f4a5b"
_STAMPS: dict[str, Any] = {"version": 3, "created_at": "2026-02-17T09:30:00Z", "updated_at": _AT}

_CHECKPOINT_KEPT: dict[str, Any] = {
    "id": _CHECKPOINT,
    "event_id": _EVENT,
    "name": "Main gate",
    "type": "gate",
    "direction": "entry",
    "zone": "hall-a",
    "active": True,
    "opens_at": "08:30",
    "closes_at": "18:00",
    "allowed_categories": ["Speaker", "Press"],
    "reentry": "after-exit",
    "unknown_tickets": "admit",
    "stale_roster": "warn",
    "roster_max_age_s": 900,
}
_CONFLICT: dict[str, Any] = {
    "participant_id": _PERSON,
    "zone": "hall-a",
    "device_id": _DEVICE,
    "other_device_id": _OTHER_DEVICE,
    "cleared": False,
}
_WHOLE: dict[str, Any] = {"zone": None, "current": 120, "capacity": 200, "level": "green"}
_HALL: dict[str, Any] = {"zone": "hall-a", "current": 45, "capacity": 50, "level": "yellow"}
_VERDICT: dict[str, Any] = {
    "result": "VALID",
    "sentence": "Let in.",
    "detail": "",
    "direction": "entry",
    "participant_id": _PERSON,
    "marks": [],
    "overridable": False,
    "override_asked": False,
    "occupancy_change": 1,
    "repeated": False,
}
_OVERRIDE = {"reason": "Their badge is in the post.", "operator": "Grace"}
_API_KEY: dict[str, Any] = {
    "id": _KEY,
    "name": "Badge printing",
    "prefix": "ak_0197_5f0c9ab13e42",
    "status": "ACTIVE",
    "permissions": ["events:read", "participants:*"],
    "tier": "CUSTOM",
    "rate_limit": 250,
    "ip_allow_list": ["192.0.2.0/24"],
    "expires_at": "2030-12-31T23:59:59Z",
    "grace_until": None,
    "rotated_to_id": None,
    "revoked_at": None,
    "last_used_at": _LATER,
    "usage_count": 1204,
    "created_by": None,
    **_STAMPS,
}
_RAW_KEY = "ak_0197_" + "0" * 56 + "e0f2cf8a"
_REPORT: dict[str, Any] = {
    "unsent": 0,
    "roster_age_s": 12,
    "journal_sequence": 1841,
    "software": "doorward 0.1.0",
    "uptime_s": 7205,
    "config_version": 1,
    "alarms": [{"code": "CAMERA_LOST", "sentence": "The camera does not answer."}],
}
_ENROLMENT = {
    "code": "7K2QP-XH4MT-9WRCD-3VBNF",
    "qr": '{"handshake":1,"hub":"https://hub.example.org","token":"7K2QP-XH4MT-9WRCD-3VBNF"}',
    "expires_at": "2026-06-11T08:00:00Z",
}
_STATION: dict[str, Any] = {
    "id": _DEVICE,
    "name": "Gate 1",
    "serial": "gate-1-8f3a10c2",
    "profile": "gate",
    "event_id": _EVENT,
    "checkpoint_id": _CHECKPOINT,
    "status": "ACTIVE",
    "state": "online",
    "last_seen_at": _LATER,
    "enrolled_at": _AT,
    "enrol_expires_at": _ENROLMENT["expires_at"],
    "software_version": "doorward 0.1.0",
    "desired_config_version": 1,
    "applied_config_version": 1,
    "clone_suspected": False,
    "reported_at": _LATER,
    "report": _REPORT,
    **_STAMPS,
}
_TO_ENROL = {
    "serial": None,
    "status": "PENDING",
    "state": "offline",
    "last_seen_at": None,
    "enrolled_at": None,
    "software_version": "",
    "reported_at": None,
    "report": None,
}
_ACKNOWLEDGED = {"journal_id": _EVENT, "sequence": 1841, "head": "9c1185a5c5e9fc54" * 4}
_EVENT_KEPT: dict[str, Any] = {
    "id": _EVENT,
    "tenant_id": _TENANT,
    "name": "Summit 2026",
    "slug": "summit-2026",
    "starts_at_ms": 1781071200000,
    "ends_at_ms": 1781193600000,
    "time_zone": "Europe/Berlin",
    "capacity": 500,
    "status": "PUBLISHED",
}
_TICKET_KEY = {"kid": "key-8f3a10c2", "not_before_ms": None, "not_after_ms": None, "material": "00" * 32}

EXAMPLES: dict[str, Any] = {
    **WEBHOOKS,
    "AccessLogResponse": {
        "id": _SCAN,
        "event_id": _EVENT,
        "checkpoint_id": _CHECKPOINT,
        "participant_id": _PERSON,
        "device_id": _DEVICE,
        "scanned_by": "device",
        "scan_type": "QR",
        "result": "VALID",
        "reason_code": "admitted",
        "marks": [],
        "direction": "entry",
        "zone": "hall-a",
        "scanned_at": _LATER,
        "station_time": _LATER,
        "received_at": _LATER,
        "clock_sure": True,
        "override_asked": False,
        "override_reason": None,
        "override_by": None,
        "passage": None,
        "flag": None,
    },
    "Acknowledged": _ACKNOWLEDGED,
    "ApiKeyResponse": _API_KEY,
    "CheckpointResponse": _CHECKPOINT_KEPT | _STAMPS,
    "CheckpointRow": _CHECKPOINT_KEPT,
    "ConflictResponse": {
        "id": _KEY,
        "event_id": _EVENT,
        **_CONFLICT,
        "access_log_id": _SCAN,
        "other_access_log_id": _EARLIER,
        "at": _LATER,
        "cleared_by": None,
    },
    "ConflictRow": {
        **_CONFLICT,
        "access_log_id": _SCAN,
        "other_access_log_id": _EARLIER,
        "at_ms": _LATER_MS,
    },
    "DeviceChanges": {"name": "Gate 2", "checkpoint_id": None},
    "DeviceWithCodeResponse": _STATION | _TO_ENROL | {"enrolment": _ENROLMENT},
    "DeviceResponse": _STATION,
    "EarlierEntry": {"access_log_id": _EARLIER, "checkpoint_id": _CHECKPOINT, "scanned_at": _AT},
    "EnrolRequest": {"token": _ENROLMENT["code"], "serial": "gate-1-8f3a10c2", "software": "doorward 0.1.0"},
    "EnrolResponse": {
        "device_id": _DEVICE,
        "tenant_id": _TENANT,
        "event_id": _EVENT,
        "checkpoint_id": _CHECKPOINT,
        "name": "Gate 1",
        "profile": "gate",
        "credential": f"dw_{_DEVICE}_…",
    },
    "EnrolmentResponse": _ENROLMENT,
    "ErrorBody": {"code": "EventNotFound", "message": "There is no such event."},
    "EventRow": _EVENT_KEPT,
    "KeyRotationRequest": {"old_until": None},
    "ValidationRequest": {"key": _RAW_KEY},
    "ListMeta": {"limit": 50, "next_cursor": None},
    "NewApiKeyResponse": _API_KEY | {"key": _RAW_KEY, "usage_count": 0, "last_used_at": None},
    "NewEnrolmentCode": {"expires_in_hours": 24},
    "NewDevice": {"name": "Gate 1", "event_id": _EVENT, "checkpoint_id": _CHECKPOINT},
    "NewDeviceStatus": {"status": "LOCKED"},
    "OccupancyResponse": {"event": _WHOLE, "zones": [_HALL]},
    "OccupancyRow": {"zone": "hall-a", "current": 45, "capacity": 50},
    "StationOverrideRequest": _OVERRIDE,
    "StationScanRequest": {
        "id": _SCAN,
        "checkpoint_id": _CHECKPOINT,
        "registration_code": "K7M2P-9QXRT",
    },
    "OverrideRequest": {"reason": _OVERRIDE["reason"]},
    "Problem": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such event.",
        "error": {"code": "EventNotFound", "message": "There is no such event."},
    },
    "PullPage": {
        "epoch": _TENANT,
        "cursor": "…",
        "more": False,
        "snapshot": False,
        "events": [_EVENT_KEPT],
        "checkpoints": [_CHECKPOINT_KEPT],
        "participants": [[_PERSON, "Ada", "Lovelace", "K7M2P-9QXRT", "APPROVED", "Speaker", "", 3]],
        "presence": [["hall-a", _PERSON, "entry", _LATER_MS, _DEVICE, 1841, 1]],
        "occupancy": [{"zone": "hall-a", "current": 45, "capacity": 50}],
        "keys": None,
        "conflicts": [],
        "server_time_ms": _LATER_MS,
    },
    "PushResponse": {
        "verdicts": [{"sequence": 1841, "verdict": "ACCEPTED"}],
        "acknowledged": _ACKNOWLEDGED,
        "server_time_ms": _LATER_MS,
    },
    "QrKeyRow": _TICKET_KEY,
    "RotationRequest": {"grace_s": 86400},
    "ScanResponse": {
        **_VERDICT,
        "access_log_id": _SCAN,
        "reason_code": "admitted",
        "participant": {"id": _PERSON, "name": "Ada Lovelace", "category": "Speaker"},
        "earlier": None,
        "occupancy": [_WHOLE, _HALL],
        "scanned_at": _LATER,
    },
    "ScannedParticipant": {"id": _PERSON, "name": "Ada Lovelace", "category": "Speaker"},
    "StationAlarm": _REPORT["alarms"][0],
    "StationReport": _REPORT,
    "TenantResponse": {
        "id": _TENANT,
        "slug": "acme",
        "name": "Acme Events",
        "created_at": "2026-02-17T09:30:00Z",
        "updated_at": "2026-02-17T09:30:00Z",
    },
    "TicketKeyResponse": {
        "id": _KEY,
        "kid": "key-8f3a10c2",
        "algorithm": "AES-256-GCM",
        "source": "generated",
        "not_before": None,
        "not_after": None,
        "created_at": "2026-02-17T09:30:00Z",
    },
    "TimeResponse": {"server_time_ms": _AT_MS},
    "ValidationResponse": {
        "valid": True,
        "id": _KEY,
        "name": "Badge printing",
        "permissions": ["events:read", "participants:*"],
        "ip_allow_list": ["192.0.2.0/24"],
        "calls_a_minute": 250,
        "expires_at": None,
    },
    "PushVerdict": {"sequence": 1841, "verdict": "ACCEPTED"},
    "ZoneOccupancy": _HALL,
}
