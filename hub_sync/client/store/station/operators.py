"""The operators who may sign on at this station, as the hub last sent them.

They are stored as a setting, so that they survive the loss of the store: a station that forgets its operators would ask
nobody for a PIN. All files that have them are encrypted.
"""

from collections.abc import Iterable

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.operators import OperatorRow, operators_digest

_OPERATORS = "operators"


class StoredOperators:
    """The stored list of operators. The gate reads it at each scan; the pull replaces it."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings
        self._raw: object = None
        self._rows: tuple[OperatorRow, ...] = ()

    def all(self) -> tuple[OperatorRow, ...]:
        """Return all operators by name; none: nobody has to sign on.

        Raises:
            StoreError: they could not be read.
        """
        raw = self._settings.get(_OPERATORS) or []
        if raw != self._raw:
            rows = [OperatorRow.model_validate(row) for row in raw]
            self._rows, self._raw = tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.id))), raw
        return self._rows

    def find(self, operator_id: str) -> OperatorRow | None:
        """Return the operator of an id, or None if they may not sign on (any more)."""
        return next((row for row in self.all() if row.id == operator_id), None)

    def digest(self) -> str:
        """Return the digest of the list, by which the hub recognises it; "" before the hub has sent one."""
        return "" if self._settings.get(_OPERATORS) is None else operators_digest(self.all())

    def replace(self, operators: Iterable[OperatorRow]) -> None:
        """Replace the list.

        Raises:
            StoreError: it could not be written.
        """
        self._settings.put(_OPERATORS, [row.model_dump(mode="json") for row in operators])

    def erase(self) -> None:
        """Erase the list of a revoked station, which admits nobody in any case."""
        if self._settings.get(_OPERATORS):
            self._settings.put(_OPERATORS, [])

    def forget(self) -> None:
        """Forget the list, because the station serves another event or hub now."""
        if self._settings.get(_OPERATORS) is not None:
            self._settings.put(_OPERATORS, None)
