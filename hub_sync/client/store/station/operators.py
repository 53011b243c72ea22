"""The operators who may sign on at this station, as the hub last sent them.

They are stored as a setting, so that they survive the loss of the store: a station that forgets its operators would ask
nobody for a PIN. All files that have them are encrypted.
"""

from collections.abc import Iterable

import orjson

from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.client.store.station.settings import StoredSettings, event_setting
from hub_sync.contract.operators import OperatorRow, operators_digest

OPERATORS = "operators"
"""Setting of each event."""


class StoredOperators:
    """The stored list of operators of an event. The gate reads it at each scan; the pull replaces it.

    It is that of the event that the station serves, if `slot` is None.
    """

    def __init__(self, settings: StoredSettings, files: RosterFiles, slot: str | None = None) -> None:
        self._settings, self._files, self._slot = settings, files, slot
        self._text: str | None = None
        self._rows: tuple[OperatorRow, ...] = ()

    def of(self, slot: str) -> "StoredOperators":
        """Return those of one event, whichever is served."""
        return StoredOperators(self._settings, self._files, slot)

    @property
    def _name(self) -> str:
        return event_setting(OPERATORS, self._files.served if self._slot is None else self._slot)

    def all(self) -> tuple[OperatorRow, ...]:
        """Return all operators by name; none: nobody has to sign on.

        Raises:
            StoreError: they could not be read.
        """
        text = self._settings.text(self._name)
        if text != self._text:
            rows = [OperatorRow.model_validate(row) for row in orjson.loads(text or "null") or []]
            self._rows, self._text = tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.id))), text
        return self._rows

    def find(self, operator_id: str) -> OperatorRow | None:
        """Return the operator of an id, or None if they may not sign on (any more)."""
        return next((row for row in self.all() if row.id == operator_id), None)

    def digest(self) -> str:
        """Return the digest of the list, by which the hub recognises it; "" before the hub has sent one."""
        return "" if self._settings.get(self._name) is None else operators_digest(self.all())

    def replace(self, operators: Iterable[OperatorRow]) -> None:
        """Replace the list.

        Raises:
            StoreError: it could not be written.
        """
        self._settings.put(self._name, [row.model_dump(mode="json") for row in operators])

    def erase(self) -> None:
        """Erase the lists of all events of a revoked station, which admits nobody in any case."""
        for name in (event_setting(OPERATORS, slot) for slot in self._files.slots):
            if self._settings.get(name):
                self._settings.put(name, [])

    def forget(self) -> None:
        """Forget the list, because the station has another event or hub now."""
        if self._settings.get(self._name) is not None:
            self._settings.put(self._name, None)
