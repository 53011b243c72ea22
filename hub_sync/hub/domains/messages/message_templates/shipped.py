"""The templates that come with the program, a file for each language. They count until an organisation has its own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.kit.i18n import N_


@dataclass(frozen=True, slots=True)
class ShippedOccasion:
    """The occasion of a shipped template.

    Attributes:
        label: marked with `N_`.
        has_ticket: True: the ticket is attached as PDF.
        has_calendar: True: the event is attached for calendars.
    """

    label: str
    has_ticket: bool = False
    has_calendar: bool = False


OCCASIONS: Mapping[str, ShippedOccasion] = {
    "registration.received": ShippedOccasion(N_("Registration received")),
    "registration.confirm": ShippedOccasion(N_("Confirm the e-mail address of a registration")),
    "registration.page": ShippedOccasion(N_("Link to the own registration")),
    "registration.known": ShippedOccasion(N_("Registered again with the same e-mail address")),
    "registration.approved": ShippedOccasion(N_("Registration approved"), has_calendar=True),
    "registration.rejected": ShippedOccasion(N_("Registration rejected")),
    "registration.cancelled": ShippedOccasion(N_("Registration cancelled")),
    "ticket": ShippedOccasion(N_("Ticket"), has_ticket=True, has_calendar=True),
    "reminder": ShippedOccasion(N_("Reminder")),
    "waitlist.offer": ShippedOccasion(N_("Offer of the waitlist")),
    "queue.called": ShippedOccasion(N_("Called in a queue")),
    "deadline.passed": ShippedOccasion(N_("A step of a workflow is late")),
}
"""The shipped templates by their names."""


def find(name: str, channel: MessageChannel, language: str) -> TemplateText | None:
    """Return a shipped template, or None if there is none."""
    parts = _read(language).get(name, {}).get(channel.value)
    return None if parts is None else TemplateText(channel, parts["subject"], parts["body"].strip())


def channels_of(name: str) -> tuple[MessageChannel, ...]:
    """Return the channels for which a template is shipped."""
    return tuple(MessageChannel(channel) for channel in _read("en").get(name, {}))


@cache
def _read(language: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    if language not in LANGUAGES:
        return {}
    content: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
        (Path(__file__).parent / "texts" / f"{language}.toml").read_text(encoding="utf-8")
    )
    return content
