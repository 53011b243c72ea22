"""The tones of operations on many editions, for badges."""

from collections.abc import Mapping

from hub_sync.hub.domains.series.tables import SeriesOperationStatus

_S = SeriesOperationStatus
OPERATION_TONES: Mapping[SeriesOperationStatus, str] = {
    _S.PLANNED: "info",
    _S.RUNNING: "info",
    _S.COMPLETED: "good",
    _S.FAILED: "bad",
    _S.UNDOING: "info",
    _S.UNDONE: "quiet",
}
