"""The operator's sentence for each reason and mark, in English. Translations use them as keys.

`{detail}` is filled by the screen, in the operator's language: a time in the event's zone, a category, a reason.
"""

from hub_sync.contract.enums import Mark, ReasonCode

REASON_TEXTS: dict[ReasonCode, str] = {
    ReasonCode.ADMITTED: "Let in.",
    ReasonCode.ADMITTED_UNKNOWN: "Genuine ticket, not on this station's list yet. Let in and marked.",
    ReasonCode.EXITED: "Goodbye.",
    ReasonCode.EXIT_WITHOUT_ENTRY: "Goodbye. No entry was on record.",
    ReasonCode.NOT_A_TICKET: "This code is not a ticket.",
    ReasonCode.TICKET_DAMAGED: "The code is damaged or was not read whole. Hold it still and try again.",
    ReasonCode.TICKET_FORGED: "This ticket was not issued for this event. Please send to the help desk.",
    ReasonCode.TICKET_UNSUPPORTED: "This ticket is of a newer kind. The station needs an update.",
    ReasonCode.TICKET_MALFORMED: "This ticket cannot be read. Please send to the help desk.",
    ReasonCode.UNKNOWN_CODE: "No registration has this code. Check it letter by letter.",
    ReasonCode.WRONG_TENANT: "This is a ticket of another organiser.",
    ReasonCode.WRONG_EVENT: "This is a ticket for another event.",
    ReasonCode.UNKNOWN_PARTICIPANT: "Genuine ticket, but not on this station's list. Please check at the help desk.",
    ReasonCode.PARTICIPANT_CANCELLED: "The registration was cancelled. Please send to the help desk.",
    ReasonCode.PARTICIPANT_REJECTED: "The registration was turned down. Please send to the help desk.",
    ReasonCode.PARTICIPANT_PENDING: "The registration is not approved yet. Please send to the help desk.",
    ReasonCode.PARTICIPANT_DELETED: "The registration was withdrawn. Please send to the help desk.",
    ReasonCode.BLACKLISTED: "Entry is not permitted. Please call the supervisor.",
    ReasonCode.PARTICIPANT_UNCLEAR: "This station does not understand the status of this registration. It needs an update. "
    "Please send to the help desk.",
    ReasonCode.TICKET_REPLACED: "This ticket was replaced by a newer one. Please ask for the new ticket.",
    ReasonCode.TICKET_NOT_YET_VALID: "Too early: this ticket is valid from {detail}.",
    ReasonCode.TICKET_EXPIRED: "This ticket was valid until {detail}.",
    ReasonCode.EVENT_DRAFT: "The event is not published yet, so nobody is let in.",
    ReasonCode.EVENT_OVER: "The event ended {detail}.",
    ReasonCode.DOORS_CLOSED: "Entry ended {detail}.",
    ReasonCode.EVENT_NOT_STARTED: "Too early: entry begins {detail}.",
    ReasonCode.EVENT_CANCELLED: "The event was cancelled.",
    ReasonCode.CLOCK_UNSURE: "This station is not sure of the time. Check the date on the ticket.",
    ReasonCode.RULE_UNCLEAR: "This station does not understand a rule of this checkpoint. It needs an update.",
    ReasonCode.STATION_LOCKED: "This station is locked. Send people to another gate and call the administrator.",
    ReasonCode.STATION_REVOKED: "This station was withdrawn. Send people to another gate and call the administrator.",
    ReasonCode.UNKNOWN_TIME_ZONE: "This station does not know the event's time zone. The station needs an update.",
    ReasonCode.CHECKPOINT_INACTIVE: "This checkpoint is switched off.",
    ReasonCode.CHECKPOINT_CLOSED: "This checkpoint is open {detail} only.",
    ReasonCode.CATEGORY_NOT_ALLOWED: "This checkpoint does not admit \u201c{detail}\u201d.",
    ReasonCode.WRONG_DIRECTION: "This checkpoint does not admit in this direction.",
    ReasonCode.ROSTER_STALE: "This station's list is too old. Please check at the help desk.",
    ReasonCode.ALREADY_INSIDE: "Already inside since {detail}.",
    ReasonCode.ALREADY_USED: "This ticket was used {detail}.",
    ReasonCode.STATION_FAILED: "The station's program failed. Do not let in; try again, then call the supervisor.",
    ReasonCode.ENTRIES_USED_UP: "All entries of this ticket are used: {detail}.",
    ReasonCode.REENTRY_TOO_SOON: "Entered a short time ago: the next entry is possible {detail}.",
}

MARK_TEXTS: dict[Mark, str] = {
    Mark.UNKNOWN_PARTICIPANT: "Not on this station's list",
    Mark.CLOCK_UNSURE: "Clock not sure",
    Mark.ROSTER_STALE: "List is old",
    Mark.OVERRIDE_NOT_NEEDED: "Override was not needed",
    Mark.OVERRIDE_NOT_ALLOWED: "Override is not possible here",
    Mark.BLACKLIST_FLAG: "Flagged: check the person",
    Mark.ENTERED_AGAIN: "No exit scanned",
    Mark.IN_GROUP: "Admitted with the group",
    Mark.TIME_IMPOSSIBLE: "Time not possible",
    Mark.CHECKPOINT_DIFFERS: "Other zone or direction than the checkpoint's",
}

OVERRIDE_TEXT = "Let in by override."
"""The sentence in place of the reason's, once an operator has let somebody in against it."""
