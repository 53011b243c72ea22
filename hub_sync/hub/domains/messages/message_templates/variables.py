"""The variables that a template may name: their kinds, and what each says."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub_sync.hub.kit.i18n import N_


class VariableKind(StrEnum):
    """The kind of a variable's value."""

    TEXT = "text"
    DATE = "date"
    LINK = "link"
    IMAGE = "image"


KINDS: Mapping[VariableKind, str] = {
    VariableKind.TEXT: N_("Text"),
    VariableKind.DATE: N_("Date"),
    VariableKind.LINK: N_("Link"),
    VariableKind.IMAGE: N_("Image"),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    Attributes:
        name: as templates write it, `participant.first_name`.
        kind: the kind of its value.
        label: what it says, marked with `N_`.
        example: a value for the documentation and for a preview without a recipient.
        is_always_there: False: only messages of one occasion have it, such as an offer of the waitlist.
    """

    name: str
    kind: VariableKind
    label: str
    example: str
    is_always_there: bool = True


_TEXT, _DATE, _LINK, _IMAGE = VariableKind
VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("participant.first_name", _TEXT, N_("First name"), "Ada"),
        Variable("participant.last_name", _TEXT, N_("Last name"), "Lovelace"),
        Variable(
            "participant.name", _TEXT, N_("Full name; the registration code if there is none"), "Ada Lovelace"
        ),
        Variable("participant.email", _TEXT, N_("E-mail address"), "ada@example.org"),
        Variable("participant.phone", _TEXT, N_("Phone number"), "+49 30 901820"),
        Variable("participant.code", _TEXT, N_("Registration code"), "7K2QP-XH4MT"),
        Variable("participant.category", _TEXT, N_("Category"), "Speaker"),
        Variable("participant.group", _TEXT, N_("Group"), "A-1017"),
        Variable("event.name", _TEXT, N_("Name of the event"), "Summer Fair"),
        Variable("event.starts", _DATE, N_("Day and time of the start, at the event"), "10 Jun 2026, 09:00"),
        Variable("event.ends", _DATE, N_("Day and time of the end, at the event"), "12 Jun 2026, 18:00"),
        Variable("event.day", _DATE, N_("Day of the start"), "10 Jun 2026"),
        Variable("event.doors_open", _DATE, N_("Day and time at which the doors open"), "10 Jun 2026, 08:00"),
        Variable("event.time_zone", _TEXT, N_("Time zone of the event"), "Europe/Berlin"),
        Variable("organiser.name", _TEXT, N_("Name of your organisation"), "Fair Ltd"),
        Variable("ticket.qr", _IMAGE, N_("The ticket's QR code, inside the mail"), "", is_always_there=False),
        Variable(
            "ticket.count",
            _TEXT,
            N_("Number of tickets in the mail; a party has more than one"),
            "1",
            is_always_there=False,
        ),
        Variable(
            "unsubscribe.link",
            _LINK,
            N_("Page to unsubscribe"),
            "https://hub.example/u/example",
            is_always_there=False,
        ),
        Variable(
            "web.link",
            _LINK,
            N_("This mail as a page"),
            "https://hub.example/m/example",
            is_always_there=False,
        ),
        Variable(
            "registration.link",
            _LINK,
            N_("Page of the own registration, of those who registered on the registration page"),
            "https://hub.example/r/example",
            is_always_there=False,
        ),
        Variable(
            "waitlist.link",
            _LINK,
            N_("Page of the own place, of those who are on the waitlist"),
            "https://hub.example/w/example",
            is_always_there=False,
        ),
        Variable(
            "offer.link",
            _LINK,
            N_("Page to accept or decline an offer of the waitlist"),
            "https://hub.example/w/example",
            is_always_there=False,
        ),
        Variable(
            "offer.until",
            _DATE,
            N_("Until when an offer holds, with the recipient's time zone"),
            "9 Jun 2026, 18:00 (Europe/Berlin)",
            is_always_there=False,
        ),
        Variable("offer.seats", _TEXT, N_("Number of places of an offer"), "2", is_always_there=False),
        Variable("queue.name", _TEXT, N_("Name of the queue"), "Help desk", is_always_there=False),
        Variable("queue.number", _TEXT, N_("Number of the visitor"), "A-017", is_always_there=False),
        Variable("queue.counter", _TEXT, N_("Counter that calls"), "Counter 3", is_always_there=False),
        Variable("deadline.step", _TEXT, N_("Step that is late"), "Document review", is_always_there=False),
        Variable(
            "deadline.due",
            _DATE,
            N_("When a step was due, with the time zone"),
            "9 Jun 2026, 18:00 (Europe/Berlin)",
            is_always_there=False,
        ),
        Variable(
            "deadline.link",
            _LINK,
            N_("Page of a late task, for users of this console"),
            "https://hub.example/events/example/workflow-tasks/example",
            is_always_there=False,
        ),
    )
}
ROOTS = frozenset(name.partition(".")[0] for name in VARIABLES)
