"""Ids and times that the examples of all domains share, so that they tell of the same event and person."""

from typing import Any

AT, LATER = "2026-06-10T08:00:00Z", "2026-06-10T08:12:30Z"
AT_MS, LATER_MS = 1781078400000, 1781079150000
TENANT = "01977a3e-0000-7d2a-9f00-6c1d2e3f4a5b"
EVENT = "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
CHECKPOINT = "01977a3f-1b1c-7d2a-9f00-6c1d2e3f4a5b"
PERSON = "01977a40-2b1c-7d2a-9f00-6c1d2e3f4a5b"
DEVICE = "01977a41-3b1c-7d2a-9f00-6c1d2e3f4a5b"
OTHER_DEVICE = "01977a41-4b1c-7d2a-9f00-6c1d2e3f4a5b"
SCAN = "01977a42-5b1c-7d2a-9f00-6c1d2e3f4a5b"
EARLIER = "01977a42-4b1c-7d2a-9f00-6c1d2e3f4a5b"
KEY = "01977a43-6b1c-7d2a-9f00-6c1d2e3f4a5b"
STAMPS: dict[str, Any] = {"version": 3, "created_at": "2026-02-17T09:30:00Z", "updated_at": AT}
