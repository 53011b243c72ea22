"""The audit's rows about one thing, in words: who, when, and what became what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hub_sync.hub.console.i18n.formats import moment, number
from hub_sync.hub.console.i18n.translation import N_, _

ACTIONS: Mapping[str, str] = {
    "create": N_("Made"),
    "create_many": N_("Imported"),
    "update": N_("Changed"),
    "update_status": N_("Status changed"),
    "set_status": N_("Status changed"),
    "set_capacity": N_("Capacity changed"),
    "switch": N_("Switched"),
    "delete": N_("Deleted"),
    "rotate": N_("Rotated"),
    "revoke": N_("Revoked"),
    "expire": N_("Expired"),
    "retire": N_("Taken out of use"),
    "clear": N_("Cleared up"),
    "override": N_("Let in by hand"),
    "issue_ticket": N_("Ticket issued"),
    "enrol": N_("Enrolled"),
    "renew_enrolment_code": N_("New enrolment code"),
    "suspect_clone": N_("Suspected to be copied"),
    "invite": N_("Invited"),
    "activate": N_("Activated"),
    "deactivate": N_("Deactivated"),
    "issue-link": N_("Link made"),
    "accept-invitation": N_("Invitation accepted"),
    "reset-password": N_("Password set by a link"),
    "change-password": N_("Password changed"),
    "second-factor-on": N_("Second factor switched on"),
    "second-factor-off": N_("Second factor switched off"),
    "reset-second-factor": N_("Second factor reset"),
    "use-recovery-code": N_("Recovery code used"),
    "new-recovery-codes": N_("New recovery codes"),
    "sign-in": N_("Signed in"),
    "sign-in-failed": N_("Sign-in failed"),
    "sign-out": N_("Signed out"),
    "end-session": N_("A browser signed out"),
    "pause": N_("Paused"),
    "resume": N_("Resumed"),
    "suspend": N_("Suspended"),
    "disable": N_("Disabled"),
    "ping": N_("Tested"),
    "example": N_("Example sent"),
    "resend": N_("Sent again"),
    "recover": N_("Recovered"),
}
"""What the audit's codes are called."""
_ACTORS = {
    "cli": N_("command line"),
    "system": N_("the hub itself"),
    "nobody": N_("nobody signed in"),
}
_KINDS = {"user": "%s", "key": N_("API key %s"), "device": N_("station %s")}
_NOT_SHOWN = ("version", "tenant_id", "event_id", "id", "code_normal")


class AuditRow(Protocol):
    """What is read of a row of the audit."""

    @property
    def actor(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def before(self) -> dict[str, Any] | None: ...
    @property
    def after(self) -> dict[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A field that became another."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that somebody did."""

    who: str
    what: str
    at: datetime
    changes: Sequence[Change]


def trail(
    rows: Iterable[AuditRow], labels: Mapping[str, str], words: Mapping[str, str], zone: str = ""
) -> Sequence[HistoryEntry]:
    """The rows as steps, in their order. `labels` name the fields, `words` the values that are codes."""
    return [
        HistoryEntry(
            actor(row.actor),
            action_name(row.action),
            row.created_at,
            _changes(row, labels, words, zone) if row.before is not None else (),
        )
        for row in rows
    ]


def since(rows: Iterable[AuditRow], version: int) -> Sequence[AuditRow]:
    """The rows of changes to versions after this one."""
    return [row for row in rows if row.before is not None and (row.after or {}).get("version", 0) > version]


def action_name(action: str) -> str:
    """What was done, as people say it."""
    return _(ACTIONS.get(action, action.replace("_", " ").replace("-", " ").capitalize()))


def actor(written: str) -> str:
    """Whom the audit names, as people say it."""
    if written in _ACTORS:
        return _(_ACTORS[written])
    kind, _sep, name = written.partition(":")
    return _(_KINDS[kind]) % name if name and kind in _KINDS else written


def _changes(
    row: AuditRow, labels: Mapping[str, str], words: Mapping[str, str], zone: str
) -> Sequence[Change]:
    before, after = row.before or {}, row.after or {}
    return [
        Change(
            name,
            _(labels.get(name, name)),
            _value(before.get(name), words, zone),
            _value(after.get(name), words, zone),
        )
        for name in after
        if name not in _NOT_SHOWN
    ]


def _value(value: Any, words: Mapping[str, str], zone: str) -> str:
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return _(words[value]) if value in words else _time_or_text(value, zone)
    return str(value)


def _time_or_text(value: str, zone: str) -> str:
    if len(value) < 20 or value[10] != "T":  # noqa: PLR2004 - shorter than an instant
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(instant, zone) if instant.tzinfo else value
