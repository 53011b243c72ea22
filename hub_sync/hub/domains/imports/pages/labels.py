"""Words of the bulk operation of an import."""

from collections.abc import Mapping

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.kit.i18n import N_

_S = BulkOperationStatus
OPERATION_WORDS: Mapping[BulkOperationStatus, str] = {
    _S.DRAFT: N_("Being prepared"),
    _S.PREVIEWED: N_("Being prepared"),
    _S.QUEUED: N_("Waits to run"),
    _S.RUNNING: N_("Running"),
    _S.PAUSED: N_("Paused"),
    _S.COMPLETED: N_("Imported"),
    _S.COMPLETED_WITH_ERRORS: N_("Imported, but for some rows"),
    _S.CANCELLED: N_("Ended early"),
    _S.FAILED: N_("Failed"),
    _S.UNDOING: N_("Being taken back"),
    _S.UNDONE: N_("Taken back"),
    _S.PARTIALLY_UNDONE: N_("Taken back, but for some"),
}
OPERATION_TONES: Mapping[BulkOperationStatus, str] = {
    **dict.fromkeys(_S, "info"),
    _S.COMPLETED: "good",
    _S.COMPLETED_WITH_ERRORS: "warn",
    _S.CANCELLED: "quiet",
    _S.FAILED: "bad",
    _S.UNDONE: "quiet",
    _S.PARTIALLY_UNDONE: "warn",
}
