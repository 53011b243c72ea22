"""Stored settings of the station: its enrolment, the pointer to the roster, small settings of the program."""

from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import JournalCopy
from hub_sync.contract.enums import DeviceProfile

ENROLMENT = "enrolment"
CHOSEN_CHECKPOINT = "checkpoint_id"
"""Setting of each event: the id of the checkpoint that the operator chose; null: none since the hub assigned one."""
ASSIGNED_CHECKPOINT = "assigned_checkpoint"
"""Setting of each event but the first, whose is in the enrolment: the id of the checkpoint that the hub assigned; null: none."""
CHOSEN_DIRECTION = "direction"
"""Setting of each event: the direction that the operator chose, and the checkpoint for which it holds."""
UNCLEAR_ROWS = "unclear_rows"
"""Setting of each event: rows of the hub that this program does not understand."""


def event_setting(name: str, slot: str) -> str:
    """Return the name of a setting that each event has; `slot` is as in `roster.files`."""
    return f"{name}:{slot}" if slot else name


@dataclass(frozen=True, slots=True)
class StationEnrolment:
    """Identity of this station at its hub. The credential never leaves the encrypted store, and is in no log.

    `event_id` is the first event that it was assigned to, `checkpoint_id` the hub's choice there; see `StationEvents`.
    """

    hub_url: str
    device_id: str
    tenant_id: str
    event_id: str
    checkpoint_id: str | None
    name: str
    profile: str
    credential: str

    @property
    def may_scan(self) -> bool:
        """False for a board: it has no ticket keys, no participants and no blacklist. A profile of a newer hub may have them."""
        profile = self.profile.lower()
        return profile not in set(DeviceProfile) or DeviceProfile(profile).scans

    def __repr__(self) -> str:
        return f"Enrolment(device_id={self.device_id!r}, hub_url={self.hub_url!r})"


class StoredSettings:
    """Named JSON values, durable when `put` returns."""

    def __init__(self, file: EncryptedFile, journal_copy: JournalCopy | None = None) -> None:
        """Create the settings. They are written to `journal_copy` too, so that they survive the loss of the store."""
        self._file, self._copy = file, journal_copy

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting, or the default if there is none."""
        text = self.text(name)
        return default if text is None else orjson.loads(text)

    def text(self, name: str) -> str | None:
        """Return the JSON of a setting, or None if there is none."""
        rows = self._file.cached_rows("SELECT value FROM settings WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def put(self, name: str, value: Any) -> None:
        """Store a setting.

        Raises:
            StoreError: The setting could not be written.
        """
        text = orjson.dumps(value).decode()
        self._file.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, text),
        )
        if self._copy is not None:
            self._copy.add_setting(name, text)

    def get_or_put(self, name: str, value: Any) -> Any:
        """Return a setting. Store `value` first if there is none, also where several threads do it at once.

        Raises:
            StoreError: The setting could not be read or written.
        """
        stored = self.get(name)
        if stored is not None:
            return stored
        self._file.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (name, orjson.dumps(value).decode()),
        )
        stored = self.get(name)
        if self._copy is not None:
            self._copy.add_setting(name, orjson.dumps(stored).decode())
        return stored

    def enrolment(self) -> StationEnrolment | None:
        """Return the enrolment, or None if the station is not enrolled."""
        return self.enrolment_and_settings()[0]

    def enrolment_and_settings(self, *names: str) -> tuple[StationEnrolment | None, *tuple[Any, ...]]:
        """Return the enrolment and these settings (each None if absent) by one query, so that they are of one moment."""
        places = ", ".join("?" * (len(names) + 1))
        sql = f"SELECT name, value FROM settings WHERE name IN ({places})"  # noqa: S608  only places
        values: dict[str, str] = dict(self._file.cached_rows(sql, (ENROLMENT, *names)))
        enrolled = values.get(ENROLMENT)
        texts = (values.get(name) for name in names)
        return (
            None if enrolled is None else _enrolment(enrolled),
            *(None if text is None else orjson.loads(text) for text in texts),
        )

    def assign_checkpoint(self, checkpoint_id: str | None, slot: str = "") -> bool:
        """Store the checkpoint that the hub assigns at an event; None: the operator chooses. Return True if it is another than before.

        Another one replaces the operator's choice.

        Raises:
            StoreError: It could not be written. A repeated call writes the rest.
        """
        name = event_setting(ASSIGNED_CHECKPOINT, slot)
        enrolment, assigned_id = self.enrolment_and_settings(name)
        if enrolment is None or (assigned_id if slot else enrolment.checkpoint_id) == checkpoint_id:
            return False
        if checkpoint_id is not None:
            self.put(event_setting(CHOSEN_CHECKPOINT, slot), None)
        if slot:
            self.put(name, checkpoint_id)
        else:
            self.save_enrolment(replace(enrolment, checkpoint_id=checkpoint_id))
        return True

    def save_enrolment(self, enrolment: StationEnrolment) -> None:
        """Store the enrolment."""
        self.put(ENROLMENT, asdict(enrolment))


@lru_cache(maxsize=2)
def _enrolment(text: str) -> StationEnrolment:
    stored = orjson.loads(text)
    return StationEnrolment(**{field.name: stored.get(field.name) for field in fields(StationEnrolment)})
