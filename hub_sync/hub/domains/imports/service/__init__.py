"""Imports of participants, from the file to the bulk operation."""

from hub_sync.hub.domains.imports.drafts.preparation import (
    ReceivedFile,
    add_mends,
    choose_header,
    create,
    discard,
    read_again,
    reading_options,
    receive,
    set_mapping,
    set_mends,
    with_options,
)
from hub_sync.hub.domains.imports.drafts.storage import get, of_event
from hub_sync.hub.domains.imports.execution.start import failed_rows, prepare, prepared, start
from hub_sync.hub.domains.imports.options import ImportOptions, Mend
from hub_sync.hub.domains.imports.participants.importable import PARTICIPANTS
from hub_sync.hub.domains.imports.preview.checking import check, check_mends

__all__ = [
    "PARTICIPANTS",
    "ImportOptions",
    "Mend",
    "ReceivedFile",
    "add_mends",
    "check",
    "check_mends",
    "choose_header",
    "create",
    "discard",
    "failed_rows",
    "get",
    "of_event",
    "prepare",
    "prepared",
    "read_again",
    "reading_options",
    "receive",
    "set_mapping",
    "set_mends",
    "start",
    "with_options",
]
