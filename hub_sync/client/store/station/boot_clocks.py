"""The clocks of each boot of this machine."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile


@dataclass(frozen=True, slots=True)
class Boot:
    """The first state of the clocks in a boot, and the hub's wall clock at monotonic zero (None: never measured)."""

    boot_id: str
    wall_ms: int
    monotonic_ms: int
    anchor_ms: int | None


class Boots:
    """Boots of this machine. An anchor is set once a boot and never changes."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file

    def get_or_create(self, boot_id: str, wall_ms: int, monotonic_ms: int) -> Boot:
        """Return the stored boot, or store it with the present state of the clocks."""
        boot = self.find(boot_id)
        if boot is not None:
            return boot
        self._file.run(
            "INSERT INTO boots (boot_id, wall_ms, monotonic_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (boot_id, wall_ms, monotonic_ms),
        )
        return self.find(boot_id) or Boot(boot_id, wall_ms, monotonic_ms, None)

    def find(self, boot_id: str) -> Boot | None:
        """Return a boot, or None."""
        row = self._file.row(
            "SELECT boot_id, wall_ms, monotonic_ms, anchor_ms FROM boots WHERE boot_id = ?", (boot_id,)
        )
        return None if row is None else Boot(*row)

    def set_anchor(self, boot_id: str, anchor_ms: int) -> None:
        """Set a boot's anchor if it has none. The boot must be stored."""
        self._file.run(
            "UPDATE boots SET anchor_ms = ? WHERE boot_id = ? AND anchor_ms IS NULL", (anchor_ms, boot_id)
        )

    def anchors(self, boot_ids: Iterable[str]) -> dict[str, int]:
        """Return the anchors of those boots that have one."""
        boots = (self.find(boot_id) for boot_id in set(boot_ids))
        return {boot.boot_id: boot.anchor_ms for boot in boots if boot and boot.anchor_ms is not None}
