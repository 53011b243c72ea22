"""What the console calls the things about webhooks."""

from collections.abc import Iterable
from datetime import datetime

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import clock_time, moment, number
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure
from hub_sync.hub.domains.webhooks.subscriptions.circuit_breaker import FAILURES_TO_OPEN, BreakerState
from hub_sync.hub.domains.webhooks.subscriptions.event_types import (
    TEST_PING,
    event_types_by_group,
    is_planned,
)
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Period
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.errors import fill_in

STATUSES: dict[str, tuple[str, str]] = {
    WebhookStatus.ACTIVE: (N_("Active"), "good"),
    WebhookStatus.PAUSED: (N_("Paused"), "quiet"),
    WebhookStatus.SUSPENDED: (N_("Suspended"), "bad"),
    WebhookStatus.DISABLED: (N_("Disabled"), "bad"),
}
"""Word and tone."""
DELIVERY_STATUSES: dict[str, tuple[str, str]] = {
    DeliveryStatus.PENDING: (N_("Waiting"), "quiet"),
    DeliveryStatus.SENDING: (N_("Being sent"), "info"),
    DeliveryStatus.DELIVERED: (N_("Delivered"), "good"),
    DeliveryStatus.RETRYING: (N_("To be tried again"), "warn"),
    DeliveryStatus.DEAD_LETTER: (N_("Given up"), "bad"),
}
PERIODS: dict[Period, str] = {
    Period.DAY: N_("24 hours"),
    Period.WEEK: N_("7 days"),
    Period.MONTH: N_("30 days"),
}
_SETTLED: dict[str, str] = {
    DeliveryStatus.DELIVERED: N_("The endpoint took it."),
    DeliveryStatus.DEAD_LETTER: N_("It is not tried again by itself. Resend sends it at once."),
    DeliveryStatus.SENDING: N_("It is on its way."),
}
_STOPPED: dict[str, str] = {
    WebhookStatus.PAUSED: N_("It waits until the webhook is resumed: somebody paused it."),
    WebhookStatus.SUSPENDED: N_("It waits until the webhook is resumed: it is suspended."),
    WebhookStatus.DISABLED: N_("It waits until the webhook is resumed: it is disabled."),
}


def name_of(subscription: WebhookSubscription) -> str:
    """What people know it by."""
    return subscription.description or subscription.url


def failure_text(failure: AttemptFailure) -> str:
    """Return why an attempt failed, in the language of the page."""
    return fill_in(_(failure.template), failure.parameters)


def type_groups(present: Iterable[str] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the event types that a form offers: (heading, [(event type, sentence)]), in the language of the page.

    A planned type is offered only where it is `present` already: else somebody would wait for it.
    """
    shown = set(present)
    groups = registry().webhook_groups
    offered = {
        group: [
            (kind.event_type, _(kind.label))
            for kind in kinds
            if kind.event_type in shown or not is_planned(kind.event_type)
        ]
        for group, kinds in event_types_by_group().items()
    }
    return [(_(groups[group]), types) for group, types in offered.items() if types]


def types_in_the_log() -> list[str]:
    """Return every event type that a delivery may have."""
    return [*registry().event_types, TEST_PING]


def held_back_badge(subscription: WebhookSubscription, now: datetime) -> tuple[str, str] | None:
    """Word and tone of what holds an active webhook's messages back; None: nothing does."""
    breaker, resting = subscription.breaker, subscription.resting_until
    if subscription.status is not WebhookStatus.ACTIVE:
        return None
    if breaker.state is BreakerState.HALF_OPEN:
        return _("Trying again"), "warn"
    if breaker.state is BreakerState.OPEN and breaker.open_until is not None:
        return _("Held back until %(time)s") % {"time": clock_time(breaker.open_until)}, "bad"
    if resting is not None and resting > now:
        return _("Held back until %(time)s") % {"time": clock_time(resting)}, "warn"
    return None


def tried_again_at(
    delivery: WebhookDelivery, subscription: WebhookSubscription, now: datetime
) -> datetime | None:
    """When a delivery that failed is tried next; None: at once, not at all, or as soon as nothing holds it back."""
    if delivery.status is not DeliveryStatus.RETRYING or delivery.due_at is None or delivery.due_at <= now:
        return None
    stopped = subscription.status is not WebhookStatus.ACTIVE or _held_back(subscription, now)
    return None if stopped else delivery.due_at


def delivery_badge(delivery: WebhookDelivery) -> tuple[str, str]:
    """Word and tone of what became of a delivery. Nobody gives up a test: it fails."""
    label, tone = DELIVERY_STATUSES[delivery.status]
    if delivery.event_type == TEST_PING and delivery.status is DeliveryStatus.DEAD_LETTER:
        label = N_("Failed")
    return _(label), tone


def what_it_does(subscription: WebhookSubscription, waiting: int, now: datetime) -> str:
    """What the webhook does at the moment, and what becomes of what waits."""
    wait = ngettext("%(n)s delivery waits.", "%(n)s deliveries wait.", waiting) % {"n": number(waiting)}
    if subscription.status is WebhookStatus.DISABLED:
        said = _(
            "Disabled: the endpoint answered that it is gone for good (410). Nothing is queued for it any more."
        )
        return said + " " + _("Once it is back, resume it, and recover what it has missed.")
    if subscription.status is WebhookStatus.ACTIVE:
        held = _held_back(subscription, now)
        if held:
            return f"{held} {wait}" if waiting else held
        return _sending(subscription, wait if waiting else "")
    if subscription.status is WebhookStatus.SUSPENDED:
        trips = subscription.breaker.trips
        stopped = ngettext("Suspended after %(n)s outage.", "Suspended after %(n)s outages.", trips)
        stopped %= {"n": number(trips)}
    else:
        stopped = _("Paused: nothing is sent, and what happens meanwhile is kept.")
    return " ".join((stopped, wait, _("Resume sends them.")) if waiting else (stopped, _("Nothing waits.")))


def what_becomes_of(delivery: WebhookDelivery, subscription: WebhookSubscription, now: datetime) -> str:
    """When a delivery is tried next, or why it waits, or that it is over."""
    status = delivery.status
    if status is DeliveryStatus.DEAD_LETTER and delivery.event_type == TEST_PING:
        return _("A test is not tried again.")
    settled = _SETTLED.get(status) or _STOPPED.get(subscription.status)
    if settled:
        return _(settled)
    held = _held_back(subscription, now)
    if held:
        return held
    if delivery.due_at is None or delivery.due_at <= now:
        return _("It is sent in a moment.")
    return _("It is tried again at %(time)s.") % {"time": moment(delivery.due_at)}


def _held_back(subscription: WebhookSubscription, now: datetime) -> str:
    """Why an active webhook sends nothing, or hardly anything, for now; empty: it sends."""
    breaker, resting = subscription.breaker, subscription.resting_until
    if breaker.state is BreakerState.HALF_OPEN:
        return _(
            "The next delivery is sent alone, to see whether the endpoint answers again; then the others follow."
        )
    if breaker.state is BreakerState.OPEN and breaker.open_until is not None:
        said = _("Nothing is sent until %(time)s: too many attempts in a row have failed.")
        return said % {"time": moment(breaker.open_until)}
    if resting is not None and resting > now:
        said = _("The endpoint asked to be left alone: nothing is sent until %(time)s.")
        return said % {"time": moment(resting)}
    return ""


def _sending(subscription: WebhookSubscription, wait: str) -> str:
    failures = subscription.breaker.consecutive_failures
    if not failures:
        return " ".join((_("Messages are sent as things happen."), wait)).strip()
    failed = ngettext(
        "The last attempt has failed; messages are still sent.",
        "The last %(n)s attempts have failed; messages are still sent.",
        failures,
    ) % {"n": number(failures)}
    more = _("After %(n)s in a row the endpoint is left alone for an hour.") % {"n": number(FAILURES_TO_OPEN)}
    return " ".join(one for one in (failed, more, wait) if one)
