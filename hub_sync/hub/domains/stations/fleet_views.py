"""What the pages of stations show of the fleet: commands with what became of them, and settings that are wanted and applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_sync.contract.configuration import Setting, SettingKind, settings
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import CommandKind, CommandStatus, NotApplied
from hub_sync.hub.console import N_, Page, _
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import COMMAND_STATUSES, COMMANDS, KIOSK_MANAGE
from hub_sync.hub.domains.devices.service import CHOICE_LABELS, SETTING_LABELS, KioskDevice
from hub_sync.hub.domains.queue import service as queues
from hub_sync.hub.domains.stations.rows import MODES, StationRow
from hub_sync.hub.kit.events.change_feed import FeedKey

COMMANDS_SHOWN = 10
PLAIN_COMMANDS = (
    CommandKind.IDENTIFY,
    CommandKind.RESTART,
    CommandKind.RELOAD,
    CommandKind.UPLOAD_LOG,
    CommandKind.ROTATE_KEY,
)
"""Commands that one press sends. To lock is asked with a reason, to wipe with the name of the station."""
_ICONS = {
    CommandKind.IDENTIFY: "search",
    CommandKind.RESTART: "refresh",
    CommandKind.RELOAD: "download",
    CommandKind.UPLOAD_LOG: "log",
    CommandKind.ROTATE_KEY: "key",
}
_TONES = {
    CommandStatus.QUEUED: "info",
    CommandStatus.DELIVERED: "info",
    CommandStatus.RUNNING: "info",
    CommandStatus.DONE: "good",
    CommandStatus.FAILED: "bad",
    CommandStatus.REFUSED: "bad",
    CommandStatus.EXPIRED: "warn",
    CommandStatus.CANCELLED: "quiet",
}
_WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
PRINT_CODES, CONFIGURE = "codes", "configure"


@dataclass(frozen=True, slots=True)
class CommandView:
    """A command and what became of it, in the language of the page."""

    id: str
    label: str
    state: str
    tone: str
    at: datetime
    """The time of its last step."""
    error: str
    who: str
    can_be_cancelled: bool
    log_id: str


@dataclass(frozen=True, slots=True)
class SettingView:
    """A setting that is wanted of a station, and whether it is applied."""

    label: str
    wanted: str
    is_own: bool
    state: str
    tone: str
    reason: str


@dataclass(frozen=True, slots=True)
class FleetView:
    """What a station's page shows of commands and settings."""

    mode: str
    commands: Sequence[CommandView]
    acts: Sequence[tuple[str, str, str]]
    """The commands that one press sends: kind, label, icon."""
    settings: Sequence[SettingView]
    state: tuple[str, str]
    """In a word or two, and the tone, how far the settings are applied."""
    wipe_waits: bool
    may_wipe: bool
    is_wiped: bool


def fleet_view(page: Page, device: KioskDevice, event_id: str) -> FleetView:
    """Return what a station's page shows of commands and settings."""
    rows = devices.list_commands(page.work, page.tenant_id, device.id, COMMANDS_SHOWN)
    names = audit.names_of_actors(page.work, page.tenant_id, {row.issued_by for row in rows})
    logs = {log.command_id: log.id for log in devices.list_logs(page.work, page.tenant_id, device.id)}
    may_manage = page.caller.has_permission(KIOSK_MANAGE)
    unfinished = {row.kind for row in rows if not row.status.is_final}
    is_reachable = device.credential_hash is not None and device.status is not DeviceStatus.PENDING
    acts = [
        (kind.value, _(COMMANDS[kind]), _ICONS[kind])
        for kind in PLAIN_COMMANDS
        if kind not in unfinished and not (kind is CommandKind.ROTATE_KEY and device.clone_suspected)
    ]
    wipe_waits = CommandKind.WIPE in unfinished
    reported = ((device.report or {}).get("fleet") or {}).get("mode") or ""
    state = devices.state_of(device)
    return FleetView(
        mode=_(MODES[reported]) if reported in MODES else reported,
        commands=[_command(row, names, logs) for row in rows],
        acts=acts if may_manage and is_reachable and device.status not in _WITHDRAWN else (),
        settings=_settings(device, state, QueueChoices.of_event(page, event_id)),
        state=_state(state),
        wipe_waits=wipe_waits,
        may_wipe=may_manage and is_reachable and not wipe_waits and device.wiped_at is None,
        is_wiped=device.wiped_at is not None,
    )


@dataclass(frozen=True, slots=True)
class QueueChoices:
    """The queues of an event, for a setting that names some of them."""

    names: Mapping[str, str]
    hints: Mapping[str, str]

    @classmethod
    def of_event(cls, page: Page, event_id: str) -> "QueueChoices":
        """Return the queues of an event, by letter."""
        rows = queues.list_queues(page.work, FeedKey(page.tenant_id, event_id))
        return cls(
            {row.id: f"{row.letter} · {row.name}" for row in rows},
            {row.id: "" if row.active else _("Switched off") for row in rows},
        )

    def boxes(self, chosen: Sequence[str]) -> Sequence[tuple[str, str, str]]:
        """Return what can be ticked. A chosen queue that was deleted is among it, until somebody unticks it."""
        shown = [(queue_id, name, self.hints[queue_id]) for queue_id, name in self.names.items()]
        gone = [queue_id for queue_id in chosen if queue_id not in self.names]
        return [*shown, *((queue_id, _("A queue that was deleted"), "") for queue_id in gone)]

    def words(self, chosen: Sequence[str]) -> str:
        """Return the names of queues."""
        return ", ".join(self.names.get(queue_id, _("A queue that was deleted")) for queue_id in chosen)


def setting_value(setting: Setting, value: Any, choices: QueueChoices) -> str:
    """Return the value of a setting in words; "" if it is not set."""
    if value is None:
        return ""
    match setting.kind:
        case SettingKind.SWITCH:
            return _("yes") if value else _("no")
        case SettingKind.CHOICE if setting.name in CHOICE_LABELS:
            return _(CHOICE_LABELS[setting.name].get(value, str(value)))
        case SettingKind.CHOICE | SettingKind.NUMBER:
            return f"{number(value)} {setting.info.unit}".strip()
        case SettingKind.IDS:
            return choices.words(value)
        case _:
            return value or "—"


def bulk_acts() -> Sequence[tuple[str, str]]:
    """Return what may be done with many stations at once: value and label."""
    kinds = (*PLAIN_COMMANDS, CommandKind.LOCK, CommandKind.UNLOCK)
    return [
        *((kind.value, _(COMMANDS[kind])) for kind in kinds),
        (CONFIGURE, _("Change settings")),
        (PRINT_CODES, _("Print new enrolment codes")),
    ]


def fleet_counts(rows: Sequence[StationRow]) -> Sequence[tuple[str, int]]:
    """Return how many stations wait for something, each with its words; empty: none does."""
    counted = (
        (N_("Offline"), sum(row.silent for row in rows)),
        (N_("With commands under way"), sum(bool(row.pending) for row in rows)),
        (N_("With settings not applied"), sum(not row.is_configured for row in rows)),
    )
    return [(_(words), count) for words, count in counted if count]


def _command(row: devices.DeviceCommand, names: Mapping[str, str], logs: Mapping[str, str]) -> CommandView:
    state = _(COMMAND_STATUSES[row.status])
    if row.is_late:
        state = _("%(state)s, late") % {"state": state}
    return CommandView(
        id=row.id,
        label=_(COMMANDS[row.kind]),
        state=state,
        tone=_TONES[row.status],
        at=row.answered_at or row.started_at or row.delivered_at or row.created_at,
        error=row.error or "",
        who=names.get(row.issued_by) or audit.actor_name(row.issued_by),
        can_be_cancelled=row.status is CommandStatus.QUEUED,
        log_id=logs.get(row.id, ""),
    )


_REASONS = {
    NotApplied.UNKNOWN: N_("The station's program does not know the setting. It may need an update."),
    NotApplied.INVALID: N_("The station can't use this value."),
    NotApplied.ADDRESS: N_("The station can't use this address: %(error)s"),
    NotApplied.FIXED: N_(
        "It is set at the station itself: on its command line, in its environment or in station.toml."
    ),
    NotApplied.CHANGED: N_("Somebody has changed it at the station since: %(value)s"),
    NotApplied.AT_RESTART: N_("It holds from the next start of the station's program on."),
    NotApplied.OTHER_DEVICE: N_("It is the port of another device of the station."),
    NotApplied.NO_SCREEN: N_("The station's program has no such mode. It needs an update."),
}


def _reason(setting: Setting, state: devices.ConfigurationState, choices: QueueChoices) -> str:
    """Return why a setting is not applied, "" if it is; the station's own sentence where it sent no word that this hub knows."""
    sentence, word = state.not_applied.get(setting.name, ""), state.reasons.get(setting.name, "")
    if not sentence or word not in set(NotApplied):
        return sentence
    value = _actual_value(setting, state.actual.get(setting.name, ""), choices)
    return _(_REASONS[NotApplied(word)]) % {"error": isolated(sentence), "value": isolated(value)}


def _actual_value(setting: Setting, actual: bool | int | str, choices: QueueChoices) -> str:
    """Return the value that a station reports in words, as it came where it is not of the setting's kind."""
    kinds: dict[SettingKind, type] = {SettingKind.SWITCH: bool, SettingKind.NUMBER: int}
    is_choice = setting.kind is SettingKind.CHOICE and setting.name not in CHOICE_LABELS
    expected = kinds.get(setting.kind, int if is_choice else str)
    if type(actual) is not expected or setting.kind is SettingKind.IDS:
        return str(actual)
    return setting_value(setting, actual, choices)


def _settings(
    device: KioskDevice, state: devices.ConfigurationState, choices: QueueChoices
) -> Sequence[SettingView]:
    is_present = state.applied_version == state.wanted_version
    views = []
    for setting in settings():
        if setting.name not in state.wanted:
            continue
        reason = _reason(setting, state, choices) if is_present else ""
        word, tone = (_("Applied"), "good") if is_present else (_("Waits"), "info")
        if reason:
            word, tone = _("Not applied"), "warn"
        views.append(
            SettingView(
                _(SETTING_LABELS[setting.name]),
                setting_value(setting, state.wanted[setting.name], choices),
                setting.name in device.own_configuration,
                word,
                tone,
                reason,
            )
        )
    return views


def _state(state: devices.ConfigurationState) -> tuple[str, str]:
    if not state.wanted_version:
        return _("As set at the station"), "quiet"
    if state.applied_version != state.wanted_version:
        return _("Waits for the station"), "info"
    return (_("Not all applied"), "warn") if state.not_applied else (_("Applied"), "good")
