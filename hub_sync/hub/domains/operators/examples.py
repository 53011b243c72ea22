"""Examples of the requests and responses of operators, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, DEVICE, EVENT, STAMPS

_OPERATOR: dict[str, Any] = {
    "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f4a5b",
    "event_id": EVENT,
    "name": "Mara Lind",
    "role": "supervisor",
    "active": True,
    "device_ids": [DEVICE],
    "pin_changed_at": AT,
    **STAMPS,
}

EXAMPLES: dict[str, Any] = {
    "NewOperator": {"name": "Mara Lind", "role": "supervisor", "pin": "250917", "device_ids": [DEVICE]},
    "OperatorChanges": {"pin": "816205"},
    "OperatorResponse": _OPERATOR,
    "OperatorRow": {"id": _OPERATOR["id"], "name": "Mara Lind", "role": "supervisor", "verifier": ""},
}
