"""Undo of the last admission: a row that takes it back. The row of the scan is never rewritten (`rules.passage`)."""

from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.ids import NewId
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.passage import PassageRefusal
from kiosk_app.messages import UNDO_MS, GateOutcome, UndoResult

_SEARCHED_ROWS = 50
"""Refusals may follow the admission within its minute."""


def take_back(
    store: Store, clock: Clock, new_id: NewId, outcome: GateOutcome, operator: str
) -> tuple[UndoResult, int]:
    """Take the last admission of this station back; return the result, and the new row's sequence (0: no row).

    One that gave seats of the waitlist stays: the hub accepts the entry, and no row gives the seats back.

    Args:
        store: the gate's session.
        clock: the station's clock.
        new_id: the source of ids.
        outcome: the admission.
        operator: who takes it back.

    Raises:
        StoreError: nothing was written; the admission stands.
    """
    record = _last_admission(store)
    if record is None or record.id != outcome.row_id:
        return UndoResult.NOT_LAST, 0
    age_ms = clock.monotonic_ms() - record.monotonic_ms
    if record.boot_id != clock.boot_id or not 0 <= age_ms <= UNDO_MS:
        return UndoResult.TOO_LATE, 0
    if store.journal.gave_seats(record):
        return UndoResult.SEATED, 0
    passage = PassageRecord(
        id=new_id(),
        device_id=record.device_id,
        event_id=record.event_id,
        checkpoint_id=record.checkpoint_id,
        scan_id=record.id,
        outcome=Passage.NO_PASSAGE,
        cause=PassageCause.OPERATOR,
        operator=operator,
        observed_at_ms=epoch_ms(clock.now()),
        monotonic_ms=clock.monotonic_ms(),
        boot_id=clock.boot_id,
        clock_offset_ms=record.clock_offset_ms,
        clock_sure=record.clock_sure,
    )
    row = store.journal.append_passage(passage)
    if isinstance(row, PassageRefusal):
        late = row is PassageRefusal.TOO_LATE
        return (UndoResult.TOO_LATE if late else UndoResult.PASSED), 0
    return UndoResult.DONE, row.sequence


def _last_admission(store: Store) -> ScanRecord | None:
    rows = store.journal.recent(_SEARCHED_ROWS)
    return next((row.record for row in rows if row.record.result.admits), None)
