"""The occasions of automatic messages."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub_sync.hub.kit.i18n import N_

REMINDER = "event.reminder"
WAITLIST_OFFER = "waitlist.offered"
DEADLINE_PASSED = "sla.breached"


@dataclass(frozen=True, slots=True)
class Trigger:
    """An occasion.

    Attributes:
        name: as rules store it.
        label: marked with `N_`.
        hint: who gets the message, marked with `N_`.
        template_name: the template unless a rule has another.
    """

    name: str
    label: str
    hint: str
    template_name: str


TRIGGERS: Mapping[str, Trigger] = {
    trigger.name: trigger
    for trigger in (
        Trigger(
            "participant.registered",
            N_("Somebody registers"),
            N_("To everybody who is registered and waits for a decision."),
            "registration.received",
        ),
        Trigger(
            "participant.approved",
            N_("A registration is approved"),
            N_("To everybody who is approved, or registered as approved: the ticket."),
            "ticket",
        ),
        Trigger(
            "participant.rejected",
            N_("A registration is rejected"),
            N_("To everybody who is rejected."),
            "registration.rejected",
        ),
        Trigger(
            "participant.cancelled",
            N_("A registration is cancelled"),
            N_("To everybody whose registration is cancelled."),
            "registration.cancelled",
        ),
        Trigger(
            WAITLIST_OFFER,
            N_("The waitlist offers a place"),
            N_("To whoever is offered it: until when it is held, and the page to accept or decline it."),
            "waitlist.offer",
        ),
        Trigger(
            "queue.called",
            N_("A number is called in a queue"),
            N_("To the participant to whom the number belongs."),
            "queue.called",
        ),
        Trigger(
            DEADLINE_PASSED,
            N_("A step of a workflow is late"),
            N_("By e-mail to every user who may act at it: who waits, and the page on which to decide."),
            "deadline.passed",
        ),
        Trigger(
            REMINDER,
            N_("The event begins soon"),
            N_("To everybody who is approved at that time."),
            "reminder",
        ),
    )
}
"""The occasions by name, in the order in which pages show them."""
