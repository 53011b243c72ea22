"""Examples of the requests and responses of devices, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import (
    AT,
    AT_MS,
    CHECKPOINT,
    DEVICE,
    EVENT,
    LATER,
    STAMPS,
    TENANT,
)

_HIGHEST_NUMBER = {"queue_id": CHECKPOINT, "day": "2026-06-10", "sequence": 40}
_OWN_LANE = {"event_id": EVENT, "letters": "K", "journal_id": TENANT}
_LAN = {"addresses": ["192.0.2.21"], "port": 47471, "listed": 2, "heard": 2, "by_list": 0}
_POINTS = (("hub", "ready", "ok"), ("relay", "warn", "untested"), ("printer", "not_applicable", "none"))
_READY = {
    "at_ms": 1781085600000,
    "operator": "Grace",
    "points": [{"part": part, "state": state, "cause": cause} for part, state, cause in _POINTS],
}
_REPORT: dict[str, Any] = {
    "unsent": 0,
    "roster_age_s": 12,
    "journal_sequence": 1841,
    "software": "doorward 0.1.0",
    "uptime_s": 7205,
    "clock_offset_ms": 12,
    "lan": _LAN,
    "ready": _READY,
    "alarms": [{"code": "CAMERA_LOST", "sentence": "The camera does not answer."}],
}
_ENROLMENT = {
    "code": "7K2QP-XH4MT-9WRCD-3VBNF",
    "qr": '{"handshake":1,"hub":"https://hub.example.org","token":"7K2QP-XH4MT-9WRCD-3VBNF"}',
    "expires_at": "2026-06-11T08:00:00Z",
}
_STATION: dict[str, Any] = {
    "id": DEVICE,
    "name": "Gate 1",
    "serial": "gate-1-8f3a10c2",
    "profile": "gate",
    "event_id": EVENT,
    "events": [EVENT, TENANT],
    "checkpoint_id": CHECKPOINT,
    "checkpoints": {EVENT: CHECKPOINT, TENANT: None},
    "status": "ACTIVE",
    "status_reason": "",
    "status_changed_at": None,
    "state": "online",
    "last_seen_at": LATER,
    "enrolled_at": AT,
    "enrol_expires_at": _ENROLMENT["expires_at"],
    "access_ends_at": None,
    "ip_allow_list": [],
    "software_version": "doorward 0.1.0",
    "clone_suspected": False,
    "seals_disagree_at": None,
    "doubts_resolved_at": None,
    "doubts_note": "",
    "reported_at": LATER,
    "report": _REPORT,
    **STAMPS,
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
_APPLIED = {
    "version": 3,
    "not_applied": {"camera": "It is used from the next start on."},
    "reasons": {"camera": "at_restart"},
    "actual": {},
}
_RESULT = {"id": CHECKPOINT, "status": "FAILED", "error": "The disk is full."}
_ROTATION = {"public_key": "dk1.…", "credential_hash": "9f86d081884c7d659a2feaa0c55ad015" * 2}
_COMMAND_ROW = {
    "id": CHECKPOINT,
    "kind": "identify",
    "arguments": {"name": "Gate 1", "seconds": 15},
    "expires_at_ms": AT_MS,
}
_WANTED: dict[str, Any] = {"version": 4, "values": {"language": "de", "theme": "dark"}}

EXAMPLES: dict[str, Any] = {
    "DeviceChanges": {"name": "Gate 2", "events": [EVENT, TENANT], "checkpoint_id": None},
    "DeviceWithCodeResponse": _STATION | _TO_ENROL | {"enrolment": _ENROLMENT},
    "DeviceResponse": _STATION,
    "EnrolmentResponse": _ENROLMENT,
    "NewEnrolmentCode": {"expires_in_hours": 24},
    "NewDevice": {"name": "Gate 1", "event_id": EVENT, "checkpoint_id": CHECKPOINT},
    "ResolvedDoubts": {
        "note": "Its disk was restored from the copy of Friday; the evidence of both is filed."
    },
    "NewDeviceStatus": {"status": "LOCKED", "reason": "It was left unattended."},
    "EnrolRequest": {"token": _ENROLMENT["code"], "serial": "gate-1-8f3a10c2", "software": "doorward 0.1.0"},
    "EnrolResponse": {
        "device_id": DEVICE,
        "tenant_id": TENANT,
        "event_id": EVENT,
        "checkpoint_id": CHECKPOINT,
        "name": "Gate 1",
        "profile": "gate",
        "credential": f"dw_{DEVICE}_…",
    },
    "LanReport": _LAN,
    "StationAlarm": _REPORT["alarms"][0],
    "StationReport": _REPORT,
    "ReadyPoint": {"part": "relay", "state": "warn", "cause": "untested"},
    "ReadyReport": _READY,
    "AppliedConfiguration": _APPLIED,
    "CommandResult": _RESULT,
    "KioskReport": {"completed": 412, "abandoned": 17, "terminated": 2, "seconds": 9130},
    "HighestNumber": _HIGHEST_NUMBER,
    "LettersInUse": _OWN_LANE,
    "FleetReport": {
        "mode": "gate",
        "protocols": [1],
        "results": [_RESULT],
        "configuration": _APPLIED,
        "rotation": None,
        "ticket_keys": ["key-8f3a10c2"],
        "queue_numbers": [_HIGHEST_NUMBER],
        "queue_lanes": [_OWN_LANE],
    },
    "TimeResponse": {"server_time_ms": AT_MS},
    "KeyRotation": _ROTATION,
    "CommandRow": _COMMAND_ROW,
    "ConfigurationRow": _WANTED,
    "ReportResponse": {
        "server_time_ms": AT_MS,
        "commands": [_COMMAND_ROW],
        "configuration": _WANTED,
        "max_offline_s": 259200,
        "protocol": 1,
        "rotation": None,
        "cloned": False,
        "doubts_resolved_at_ms": None,
        "protocol_sentence": "",
    },
    "NewCommand": {"kind": "identify", "seconds": 15},
    "NewCommands": {"ids": [DEVICE], "kind": "lock", "reason": "The hall is closed."},
    "CommandRefusal": {"code": "CommandPending", "message": "A command of this kind is under way."},
    "StationCommandResponse": {
        "device_id": DEVICE,
        "command": None,
        "error": {"code": "CommandPending", "message": "A command of this kind is under way."},
    },
    "CommandResponse": {
        "id": CHECKPOINT,
        "device_id": DEVICE,
        "kind": "upload-log",
        "status": "FAILED",
        "error": "The disk is full.",
        "issued_by": "user:ada@example.org",
        "created_at": AT,
        "delivered_at": LATER,
        "started_at": LATER,
        "answered_at": LATER,
        "expires_at": "2026-06-11T08:00:00Z",
        "is_late": False,
    },
    "LogResponse": {"id": CHECKPOINT, "command_id": CHECKPOINT, "size": 18432, "received_at": LATER},
    "ConfigurationValues": _WANTED["values"],
    "NewFleetConfiguration": {"settings": _WANTED["values"], "max_offline_s": 259200},
    "NewDeviceConfiguration": {"settings": {"volume": 50}},
    "FleetConfigurationResponse": {
        "event_id": EVENT,
        "profile": "gate",
        "settings": _WANTED["values"],
        "max_offline_s": 259200,
        "version": 2,
    },
    "DeviceConfigurationResponse": {
        "device_id": DEVICE,
        "own": {"volume": 50},
        "wanted": _WANTED["values"] | {"volume": 50},
        "wanted_version": 4,
        "applied_version": 3,
        "not_applied": {"camera": "It is used from the next start on."},
        "is_applied": False,
        "reported_at": LATER,
    },
}
