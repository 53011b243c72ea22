"""What the station was told once and keeps: its enrolment, where the roster is, small settings of the program."""

from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile

ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True)
class StationEnrolment:
    """Who this station is to its hub. The credential stays inside the sealed store and out of every log."""

    hub_url: str
    device_id: str
    tenant_id: str
    event_id: str
    checkpoint_id: str | None
    name: str
    profile: str
    credential: str

    def __repr__(self) -> str:
        return f"Enrolment(device_id={self.device_id!r}, hub_url={self.hub_url!r})"


class StoredSettings:
    """Names and JSON values, durable when `put` returns."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or the default where there is none."""
        found = self._file.row("SELECT value FROM settings WHERE name = ?", (name,))
        return default if found is None else orjson.loads(found[0])

    def put(self, name: str, value: Any) -> None:
        """Set a setting.

        Raises:
            StoreError: it could not be written.
        """
        self._file.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, orjson.dumps(value).decode()),
        )

    def enrolment(self) -> StationEnrolment | None:
        """Who this station is, or None before it was enrolled."""
        return self.enrolment_and_setting("")[0]

    def enrolment_and_setting(self, choice: str) -> tuple[StationEnrolment | None, Any]:
        """The enrolment, and the setting `choice` (None where there is none): both in one look, as at every scan."""
        found: dict[str, str] = dict(
            self._file.rows("SELECT name, value FROM settings WHERE name IN (?, ?)", (ENROLMENT, choice))
        )
        enrolled, chosen = found.get(ENROLMENT), found.get(choice)
        return (
            None if enrolled is None else _enrolment(enrolled),
            None if chosen is None else orjson.loads(chosen),
        )

    def save_enrolment(self, enrolment: StationEnrolment) -> None:
        """Keep who this station is from now on."""
        self.put(ENROLMENT, asdict(enrolment))


@lru_cache(maxsize=2)
def _enrolment(text: str) -> StationEnrolment:
    kept = orjson.loads(text)
    return StationEnrolment(**{field.name: kept.get(field.name) for field in fields(StationEnrolment)})
