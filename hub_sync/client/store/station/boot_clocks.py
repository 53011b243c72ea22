"""The clocks of each boot of this machine."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.sync import ClockCorrection

_BOOT = (
    "SELECT boot_id, wall_ms, monotonic_ms, anchor_ms, candidate_ms, candidate_at_ms, anchored_at_ms"
    " FROM boots WHERE boot_id = ?"
)
MAX_CORRECTIONS = 64


@dataclass(frozen=True, slots=True)
class Boot:
    """The clocks of a boot. Times named `_at_ms` and `monotonic_ms` are by its monotonic clock.

    `wall_ms` and `monotonic_ms` are the first state of the clocks. `anchor_ms` is the hub's wall clock at monotonic zero
    (None: not known), believed since `anchored_at_ms`. `candidate_ms` is another anchor, measured at `candidate_at_ms`,
    that waits for a second measurement (None: there is none).
    """

    boot_id: str
    wall_ms: int
    monotonic_ms: int
    anchor_ms: int | None
    candidate_ms: int | None = None
    candidate_at_ms: int | None = None
    anchored_at_ms: int | None = None


class Boots:
    """Boots of this machine."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file

    def get_or_create(self, boot_id: str, wall_ms: int, monotonic_ms: int) -> Boot:
        """Return the stored boot, or store it with the present state of the clocks."""
        boot = self.find(boot_id)
        if boot is not None:
            return boot
        self._file.run(
            "INSERT INTO boots (boot_id, wall_ms, monotonic_ms, number)"
            " VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM boots)) ON CONFLICT DO NOTHING",
            (boot_id, wall_ms, monotonic_ms),
        )
        return self.find(boot_id) or Boot(boot_id, wall_ms, monotonic_ms, None)

    def find(self, boot_id: str) -> Boot | None:
        """Return a boot, or None."""
        rows = self._file.cached_rows(_BOOT, (boot_id,))
        return Boot(*rows[0]) if rows else None

    def set_candidate(self, boot_id: str, anchor_ms: int | None, at_ms: int | None) -> None:
        """Set the measurement that waits for its confirmation, or None."""
        self._file.run(
            "UPDATE boots SET candidate_ms = ?, candidate_at_ms = ? WHERE boot_id = ?",
            (anchor_ms, at_ms, boot_id),
        )

    def set_anchor(self, boot_id: str, anchor_ms: int, at_ms: int) -> None:
        """Set or replace a boot's anchor at `at_ms` of its monotonic clock. The boot must be stored.

        If the boot has rows, the hub must learn of it: they may have been sent with another time. Rows between the
        beginning of the replaced anchor and now were decided by a wrong time.
        """
        with self._file.transaction():
            before = self.find(boot_id)
            unsure_from = (
                before.anchored_at_ms if before is not None and before.anchor_ms is not None else None
            )
            self._file.run(
                "UPDATE boots SET anchor_ms = ?, anchored_at_ms = ?, candidate_ms = NULL, candidate_at_ms = NULL"
                " WHERE boot_id = ?",
                (anchor_ms, at_ms, boot_id),
            )
            if self._file.row("SELECT 1 FROM journal WHERE boot_id = ? LIMIT 1", (boot_id,)) is not None:
                self._file.run(
                    "INSERT INTO clock_corrections VALUES (?, ?, ?, ?) ON CONFLICT (boot_id) DO UPDATE SET"
                    " anchor_ms = excluded.anchor_ms,"
                    " unsure_from_ms = coalesce(unsure_from_ms, excluded.unsure_from_ms),"
                    " unsure_to_ms = coalesce(excluded.unsure_to_ms, unsure_to_ms)",
                    (boot_id, anchor_ms, unsure_from, None if unsure_from is None else at_ms),
                )

    def anchors(self, boot_ids: Iterable[str]) -> dict[str, int]:
        """Return the anchors of those boots that have one."""
        boots = (self.find(boot_id) for boot_id in set(boot_ids))
        return {boot.boot_id: boot.anchor_ms for boot in boots if boot and boot.anchor_ms is not None}

    def corrections(self) -> tuple[ClockCorrection, ...]:
        """Return the corrections that the hub has not got yet."""
        rows = self._file.rows(
            "SELECT boot_id, anchor_ms, unsure_from_ms, unsure_to_ms FROM clock_corrections LIMIT ?",
            (MAX_CORRECTIONS,),
        )
        return tuple(
            ClockCorrection(boot_id=row[0], anchor_ms=row[1], unsure_from_ms=row[2], unsure_to_ms=row[3])
            for row in rows
        )

    def mark_corrected(self, corrections: Iterable[ClockCorrection]) -> None:
        """Remove corrections that the hub has got, unless they were replaced meanwhile."""
        self._file.run_many(
            "DELETE FROM clock_corrections WHERE boot_id = ? AND anchor_ms = ?",
            [(correction.boot_id, correction.anchor_ms) for correction in corrections],
        )
