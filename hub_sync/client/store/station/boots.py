"""What is known of the clocks in each boot of this machine."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile


@dataclass(frozen=True, slots=True)
class Boot:
    """The clocks as they first stood in a boot, and the hub's wall clock at monotonic zero (None: never measured)."""

    boot_id: str
    wall_ms: int
    monotonic_ms: int
    anchor_ms: int | None


class Boots:
    """Boots of this machine; an anchor is set once a boot and never changes after."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file

    def get_or_create(self, boot_id: str, wall_ms: int, monotonic_ms: int) -> Boot:
        """The boot as it was first seen, which is now if it never was."""
        known = self.find(boot_id)
        if known is not None:
            return known
        self._file.run(
            "INSERT INTO boots (boot_id, wall_ms, monotonic_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (boot_id, wall_ms, monotonic_ms),
        )
        return self.find(boot_id) or Boot(boot_id, wall_ms, monotonic_ms, None)

    def find(self, boot_id: str) -> Boot | None:
        """What is known of a boot."""
        found = self._file.row(
            "SELECT boot_id, wall_ms, monotonic_ms, anchor_ms FROM boots WHERE boot_id = ?", (boot_id,)
        )
        return None if found is None else Boot(*found)

    def set_anchor(self, boot_id: str, anchor_ms: int) -> None:
        """Set a boot's anchor if it has none; the boot must have been seen."""
        self._file.run(
            "UPDATE boots SET anchor_ms = ? WHERE boot_id = ? AND anchor_ms IS NULL", (anchor_ms, boot_id)
        )

    def anchors(self, boot_ids: Iterable[str]) -> dict[str, int]:
        """The anchors of those boots that have one."""
        found = (self.find(boot_id) for boot_id in set(boot_ids))
        return {boot.boot_id: boot.anchor_ms for boot in found if boot and boot.anchor_ms is not None}
