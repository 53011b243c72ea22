"""Examples of the requests and responses of sync, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.domains.check_in.examples import CHECKPOINT_ROW, CONFLICT
from hub_sync.hub.kit.openapi.example_values import (
    DEVICE,
    EARLIER,
    EVENT,
    LATER_MS,
    PERSON,
    SCAN,
    TENANT,
)

_ACKNOWLEDGED = {"journal_id": EVENT, "sequence": 1841, "head": "9c1185a5c5e9fc54" * 4}
_EVENT_ROW: dict[str, Any] = {
    "id": EVENT,
    "tenant_id": TENANT,
    "name": "Summit 2026",
    "slug": "summit-2026",
    "starts_at_ms": 1781071200000,
    "ends_at_ms": 1781193600000,
    "time_zone": "Europe/Berlin",
    "capacity": 500,
    "status": "PUBLISHED",
}
_TICKET_KEY = {
    "kid": "key-8f3a10c2",
    "material": "00" * 32,
    "not_before_ms": None,
    "not_after_ms": None,
    "algorithm": "AES-256-GCM",
    "tenant_id": "",
}

_BULLETIN = {
    "id": SCAN,
    "priority": "WARNING",
    "texts": {"en": "Hall B is full. Send visitors to hall C."},
    "language": "en",
    "from_ms": LATER_MS,
    "until_ms": LATER_MS + 3_600_000,
    "wants_answer": True,
}
_RECEIPT = {
    "id": SCAN,
    "stored_at_ms": LATER_MS,
    "shown_at_ms": LATER_MS + 900,
    "answered_at_ms": LATER_MS + 8_000,
    "answered_by": "Grace Hopper",
}
_ENDED_KEY = {"kid": "key-51b7e0aa", "algorithm": "Ed25519", "key_id": "9f3c01d2"}

_SEAL_ITEM = {"statement": '{"chain":"…","head":"9c11…","number":7,"sequence":1841}', "signature": "5e" * 64}
_HEARD_SEAL = {**_SEAL_ITEM, "heard_at_ms": LATER_MS}
_JOURNAL_HEAD = {"device_id": DEVICE, "journal_id": EVENT, "sequence": 1841}
_SEAL_ANCHOR = {
    "chain": EVENT,
    "number": 7,
    "seal": "71d0a2f4" * 8,
    **_ACKNOWLEDGED,
    "received_at_ms": LATER_MS,
    "state": "AGREES",
}

_ASSIGNED_EVENTS: list[dict[str, Any]] = [
    {name: _EVENT_ROW[name] for name in ("id", "name", "starts_at_ms", "ends_at_ms", "time_zone")},
    {
        "id": TENANT,
        "name": "Founders' Dinner",
        "starts_at_ms": 1781190000000,
        "ends_at_ms": 1781208000000,
        "time_zone": "Europe/Berlin",
    },
]

_DOOR: dict[str, Any] = {
    "stamp": "5b6c7d0c1d2e3f4a",
    "from_ms": LATER_MS,
    "until_ms": LATER_MS + 7_200_000,
    "seats": [{"id": SCAN, "holder_id": PERSON, "category": ""}],
    "entries": [{"id": EARLIER, "participant_id": PERSON, "seats": 1, "categories": [""]}],
}

EXAMPLES: dict[str, Any] = {
    "AssignedEvent": _ASSIGNED_EVENTS[0],
    "Acknowledged": _ACKNOWLEDGED,
    "BulletinList": {"stamp": "0c1d2e3f4a5b6c7d", "bulletins": [_BULLETIN]},
    "BulletinReceipt": _RECEIPT,
    "BulletinReceipts": {"receipts": [_RECEIPT]},
    "StationBulletin": _BULLETIN,
    "DoorEntry": _DOOR["entries"][0],
    "DoorList": _DOOR,
    "DoorSeat": _DOOR["seats"][0],
    "HeardSealItem": _HEARD_SEAL,
    "JournalHead": _JOURNAL_HEAD,
    "CheckpointRow": CHECKPOINT_ROW,
    "ConflictRow": {
        **{name: CONFLICT[name] for name in ("participant_id", "zone", "device_id", "other_device_id")},
        "access_log_id": SCAN,
        "other_access_log_id": EARLIER,
        "at_ms": LATER_MS,
        "checkpoint_id": CHECKPOINT_ROW["id"],
        "other_checkpoint_id": CHECKPOINT_ROW["id"],
        "other_at_ms": LATER_MS - 61_000,
    },
    "EndedKeyRow": _ENDED_KEY,
    "EventRow": _EVENT_ROW,
    "OccupancyRow": {"zone": "hall-a", "current": 45, "capacity": 50},
    "PullPage": {
        "epoch": TENANT,
        "event_id": EVENT,
        "assigned_events": _ASSIGNED_EVENTS,
        "cursor": "…",
        "more": False,
        "snapshot": False,
        "assigned_checkpoint_id": CHECKPOINT_ROW["id"],
        "events": [_EVENT_ROW],
        "checkpoints": [CHECKPOINT_ROW],
        "participants": [[PERSON, "Ada", "Lovelace", "K7M2P-9QXRT", "APPROVED", "Speaker", "", 3, 0, ""]],
        "presence": [["hall-a", PERSON, "entry", LATER_MS, DEVICE, 1841, 1, LATER_MS, 0]],
        "occupancy": [{"zone": "hall-a", "current": 45, "capacity": 50}],
        "keys": None,
        "conflicts": [],
        "server_time_ms": LATER_MS,
    },
    "PushResponse": {
        "verdicts": [{"sequence": 1841, "verdict": "ACCEPTED"}],
        "acknowledged": _ACKNOWLEDGED,
        "server_time_ms": LATER_MS,
    },
    "PeerRow": {
        "id": DEVICE,
        "name": "Side gate",
        "public_key": f"dk1.{'18ee994c' * 8}.{'831b4f75' * 8}",
        "addresses": ["192.0.2.22"],
        "port": 47471,
    },
    "SealAnchor": _SEAL_ANCHOR,
    "SealResponse": {"anchors": [_SEAL_ANCHOR], "server_time_ms": LATER_MS},
    "SealItem": _SEAL_ITEM,
    "SealRequest": {"items": [_SEAL_ITEM], "heard": [_HEARD_SEAL]},
    "QrKeyRow": _TICKET_KEY,
    "PushVerdict": {"sequence": 1841, "verdict": "ACCEPTED"},
}
