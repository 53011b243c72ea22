"""Words of messages in the console."""

from hub_sync.contract.bulletins import BulletinPriority
from hub_sync.contract.enums import BroadcastStatus, MessageChannel, MessageStatus
from hub_sync.hub.console.i18n.translation import N_, _
from hub_sync.hub.domains.messages.delivery.failures import SENTENCES
from hub_sync.hub.domains.messages.delivery_manifest import STATUSES
from hub_sync.hub.domains.messages.manifest import BROADCAST_STATUSES
from hub_sync.hub.domains.messages.message_templates.shipped import OCCASIONS
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES

MAIL_CHANNELS = (MessageChannel.EMAIL, MessageChannel.SMS, MessageChannel.PUSH)
"""The channels on which people are written to."""
PRIORITIES: dict[BulletinPriority, str] = {
    BulletinPriority.INFO: N_("Information"),
    BulletinPriority.WARNING: N_("Warning"),
    BulletinPriority.EMERGENCY: N_("Emergency"),
}
PRIORITY_TONES = {
    BulletinPriority.INFO: "info",
    BulletinPriority.WARNING: "warn",
    BulletinPriority.EMERGENCY: "bad",
}
_STATION_STATUSES: dict[MessageStatus, tuple[str, str]] = {
    MessageStatus.QUEUED: (N_("Not fetched yet"), "quiet"),
    MessageStatus.SENT: (N_("At the station"), "info"),
    MessageStatus.DELIVERED: (N_("Stood on the screen"), "good"),
    MessageStatus.FAILED: (N_("Not on the screen"), "bad"),
    MessageStatus.DEAD: (N_("Not fetched"), "bad"),
}
_TONES = {
    BroadcastStatus.DRAFT: "quiet",
    BroadcastStatus.SCHEDULED: "info",
    BroadcastStatus.SENDING: "info",
    BroadcastStatus.PAUSED: "warn",
    BroadcastStatus.COMPLETED: "good",
    BroadcastStatus.PARTIAL: "warn",
    BroadcastStatus.CANCELLED: "quiet",
}
_LEDGER_TONES: dict[MessageStatus, str] = {
    MessageStatus.QUEUED: "quiet",
    MessageStatus.DEFERRED: "warn",
    MessageStatus.SENDING: "info",
    MessageStatus.SENT: "good",
    MessageStatus.DELIVERED: "good",
    MessageStatus.BOUNCED: "bad",
    MessageStatus.FAILED: "bad",
    MessageStatus.DEAD: "bad",
    MessageStatus.SUPPRESSED: "quiet",
    MessageStatus.UNSURE: "warn",
}
LEDGER_STATUSES: dict[MessageStatus, tuple[str, str]] = {
    status: (STATUSES[status.value], tone) for status, tone in _LEDGER_TONES.items()
}


def template_label(name: str) -> str:
    """Return what a template is called: a shipped one has words in every language."""
    occasion = OCCASIONS.get(name)
    return _(occasion.label) if occasion is not None else name


def status_badge(status: BroadcastStatus) -> tuple[str, str]:
    """Return word and tone of a broadcast's status."""
    return _(BROADCAST_STATUSES[status]), _TONES[status]


def ledger_badge(status: MessageStatus) -> tuple[str, str]:
    """Return word and tone of what happened with a message."""
    word, tone = LEDGER_STATUSES[status]
    return _(word), tone


def station_badge(status: MessageStatus) -> tuple[str, str]:
    """Return word and tone of what happened with a bulletin at a station."""
    word, tone = _STATION_STATUSES.get(status, LEDGER_STATUSES[status])
    return _(word), tone


def priority_badge(priority: BulletinPriority) -> tuple[str, str]:
    """Return word and tone of a bulletin's priority."""
    return _(PRIORITIES[priority]), PRIORITY_TONES[priority]


def bulletin_badge(status: BroadcastStatus) -> tuple[str, str]:
    """Return word and tone of a bulletin's status."""
    if status is BroadcastStatus.SENDING:
        return _("Running"), "info"
    if status is BroadcastStatus.CANCELLED:
        return _("Taken off the screens"), "quiet"
    return status_badge(status)


def reason_of(code: str | None) -> str:
    """Return the sentence of a failure."""
    return _(SENTENCES[code]) if code in SENTENCES else ""


def variable_label(name: str) -> str:
    """Return what a variable says."""
    return _(VARIABLES[name].label) if name in VARIABLES else name
