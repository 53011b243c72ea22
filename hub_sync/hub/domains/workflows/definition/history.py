"""The kinds of entries in an execution's history."""

from enum import StrEnum

from hub_sync.hub.kit.i18n import N_


class HistoryKind(StrEnum):
    """A kind of entry."""

    STARTED = "STARTED"
    STEP_OPENED = "STEP_OPENED"
    STEP_SKIPPED = "STEP_SKIPPED"
    BRANCH_LEFT_OUT = "BRANCH_LEFT_OUT"
    FORKED = "FORKED"
    DECIDED = "DECIDED"
    TAKEN_BACK = "TAKEN_BACK"
    TIMED_OUT = "TIMED_OUT"
    ESCALATED = "ESCALATED"
    RETURNED = "RETURNED"
    LATE_ANSWER = "LATE_ANSWER"
    TICKET_DOWNLOADED = "TICKET_DOWNLOADED"
    NOTIFIED = "NOTIFIED"
    BRANCH_ENDED = "BRANCH_ENDED"
    JOINED = "JOINED"
    JOIN_FAILED = "JOIN_FAILED"
    OUTCOME_KEPT_BACK = "OUTCOME_KEPT_BACK"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    WARNED = "WARNED"
    BREACHED = "BREACHED"
    CLOCK_PAUSED = "CLOCK_PAUSED"
    CLOCK_RESUMED = "CLOCK_RESUMED"


class EndReason(StrEnum):
    """A reason of the hub for which an execution was cancelled; people write theirs in words."""

    PARTICIPANT_CANCELLED = "PARTICIPANT_CANCELLED"
    PARTICIPANT_DELETED = "PARTICIPANT_DELETED"
    PARTICIPANT_MERGED = "PARTICIPANT_MERGED"
    START_UNDONE = "START_UNDONE"
    EVENT_DELETED = "EVENT_DELETED"
    EVENT_CANCELLED = "EVENT_CANCELLED"


END_REASONS: dict[str, str] = {
    EndReason.PARTICIPANT_CANCELLED: N_("The registration was cancelled."),
    EndReason.PARTICIPANT_DELETED: N_("The registration was deleted."),
    EndReason.PARTICIPANT_MERGED: N_("The registration was merged into another one."),
    EndReason.START_UNDONE: N_("The bulk operation that started it was undone."),
    EndReason.EVENT_DELETED: N_("The event was deleted."),
    EndReason.EVENT_CANCELLED: N_("The event was cancelled."),
}
HISTORY_WORDS: dict[str, str] = {
    HistoryKind.STARTED: N_("Started"),
    HistoryKind.STEP_OPENED: N_("Step opened"),
    HistoryKind.STEP_SKIPPED: N_("Step does not concern them"),
    HistoryKind.BRANCH_LEFT_OUT: N_("Branch does not concern them"),
    HistoryKind.FORKED: N_("Branches opened"),
    HistoryKind.DECIDED: N_("Decided"),
    HistoryKind.TAKEN_BACK: N_("Decision taken back"),
    HistoryKind.TIMED_OUT: N_("Deadline passed"),
    HistoryKind.ESCALATED: N_("Others may act as well"),
    HistoryKind.RETURNED: N_("Sent back"),
    HistoryKind.LATE_ANSWER: N_("Answer came too late"),
    HistoryKind.TICKET_DOWNLOADED: N_("Ticket downloaded to print"),
    HistoryKind.NOTIFIED: N_("Message queued"),
    HistoryKind.BRANCH_ENDED: N_("Branch ended"),
    HistoryKind.JOINED: N_("Branches joined"),
    HistoryKind.JOIN_FAILED: N_("Join not reached"),
    HistoryKind.OUTCOME_KEPT_BACK: N_("Outcome kept back"),
    HistoryKind.COMPLETED: N_("Completed"),
    HistoryKind.REJECTED: N_("Rejected"),
    HistoryKind.CANCELLED: N_("Cancelled"),
    HistoryKind.WARNED: N_("Warned"),
    HistoryKind.BREACHED: N_("Late"),
    HistoryKind.CLOCK_PAUSED: N_("Clock paused"),
    HistoryKind.CLOCK_RESUMED: N_("Clock resumed"),
}
