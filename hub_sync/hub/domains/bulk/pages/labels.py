"""Words of bulk operations in the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub_sync.contract.enums import BulkOperationStatus, ParticipantStatus
from hub_sync.hub.console import N_, _
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.lists import BulkReason
from hub_sync.hub.domains.bulk.manifest import STATUSES
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.domains.participants.manifest import PARTICIPANT, STATUS_ACTIONS
from hub_sync.hub.domains.participants.manifest import STATUSES as PARTICIPANT_STATUSES
from hub_sync.hub.kit.json_values import dump_json_text
from hub_sync.hub.kit.stored_problems import problem_sentence

S, Item = BulkOperationStatus, BulkItemStatus
STATUS_TONES: dict[BulkOperationStatus, str] = {
    S.DRAFT: "quiet",
    S.PREVIEWED: "info",
    S.QUEUED: "info",
    S.RUNNING: "info",
    S.PAUSED: "warn",
    S.COMPLETED: "good",
    S.COMPLETED_WITH_ERRORS: "warn",
    S.CANCELLED: "quiet",
    S.FAILED: "bad",
    S.UNDOING: "info",
    S.UNDONE: "quiet",
    S.PARTIALLY_UNDONE: "warn",
}
ITEM_STATUSES: dict[BulkItemStatus, tuple[str, str]] = {
    Item.PENDING: (N_("Not done"), "info"),
    Item.DONE: (N_("Done"), "good"),
    Item.SKIPPED: (N_("Skipped"), "quiet"),
    Item.REFUSED: (N_("Not possible"), "warn"),
    Item.CONFLICT: (N_("Changed meanwhile"), "warn"),
    Item.FAILED: (N_("Failed"), "bad"),
    Item.UNDONE: (N_("Undone"), "quiet"),
    Item.UNDO_CONFLICT: (N_("Not undone"), "warn"),
}
"""The words and the tone of each status, in the order in which a page lists them."""
_VALUE_FIELDS = {
    "participant.category": ("category", N_("Category: %(value)s"), N_("Remove the category")),
    "participant.group": ("group_ref", N_("Group: %(value)s"), N_("Remove from the group")),
}
_LINE, _DETAILS = "line", "extra"
_HIDDEN = frozenset(("standing", "deleted", _LINE, "revived"))


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One field of an item, as it was and as it becomes."""

    label: str
    before: str
    after: str


def title_of(operation: BulkOperation) -> str:
    """Return what an operation does, in a few words."""
    arguments = operation.arguments
    if operation.action == "participant.status":
        return _(STATUS_ACTIONS[ParticipantStatus(arguments["status"])])
    if operation.action in _VALUE_FIELDS:
        name, template, empty = _VALUE_FIELDS[operation.action]
        value = arguments[name]
        return _(template) % {"value": value} if value else _(empty)
    action = bulk.find_action(operation.action)
    return _(action.label) if action else operation.action


def status_badge(operation: BulkOperation) -> tuple[str, str]:
    """Return the words and the tone of an operation's status."""
    return _(STATUSES[operation.status]), STATUS_TONES[operation.status]


def item_badge(status: BulkItemStatus, *, previewed: bool = False, tried: bool = False) -> tuple[str, str]:
    """Return the words and the tone of an item's status.

    Args:
        status: the status.
        previewed: True: PENDING means that it will be done.
        tried: True: it is of a trial, of which nothing stays.
    """
    if previewed and status is Item.PENDING:
        return _("Will be done"), "good"
    if tried and status is Item.DONE:
        return _("Would be done"), "good"
    label, tone = ITEM_STATUSES[status]
    return _(label), tone


def sentence_of(row: BulkOperation | BulkOperationItem | BulkReason) -> str:
    """Return why something is not done, in the reader's language; "" if there is no reason."""
    return problem_sentence(row.problem, row.error, _)


def changes_of(item: BulkOperationItem, action_name: str = "") -> list[ItemChange]:
    """Return the fields of an item that change; further details each by its own name."""
    before, after = item.before or {}, item.after or {}
    action = bulk.find_action(action_name)
    own = action.fields if action else {}
    words = action.values if action else {}
    changes = []
    for name in after:
        old, new = before.get(name), after[name]
        if name == _DETAILS:
            changes += _changes_of_details(old or {}, new or {})
        elif name not in _HIDDEN and old != new:
            label = _(own.get(name) or PARTICIPANT.fields.get(name, name))
            known = words.get(name, {})
            texts = [_(known[str(each)]) if str(each) in known else _value(name, each) for each in (old, new)]
            changes.append(ItemChange(label, *texts))
    return changes


def _changes_of_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ItemChange]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [ItemChange(name, _value("", before.get(name)), _value("", after.get(name))) for name in names]


def line_of(item: BulkOperationItem) -> int | None:
    """Return the line of an import's file that an item is the row of; None: it is no row."""
    line = (item.after or {}).get(_LINE)
    return line if isinstance(line, int) else None


def _value(name: str, value: Any) -> str:
    if value in (None, "", {}):
        return "—"
    if name == "status" and value in PARTICIPANT_STATUSES:
        return _(PARTICIPANT_STATUSES[value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return dump_json_text(value) if isinstance(value, dict | list) else str(value)
