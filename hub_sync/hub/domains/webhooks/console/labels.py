"""Labels and sentences about webhooks in the console."""

from collections.abc import Iterable
from datetime import datetime

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n.formats import clock_time, moment, number
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks.circuit_breaker import FAILURES_TO_OPEN, BreakerState
from hub_sync.hub.domains.webhooks.subscriptions.event_types import (
    TEST_PING,
    event_types_by_group,
    is_planned,
)
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Period
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription

STATUSES: dict[str, tuple[str, str]] = {
    WebhookStatus.ACTIVE: (N_("Active"), "good"),
    WebhookStatus.PAUSED: (N_("Paused"), "quiet"),
    WebhookStatus.SUSPENDED: (N_("Suspended"), "bad"),
    WebhookStatus.DISABLED: (N_("Disabled"), "bad"),
}
"""Label and tone by status."""
DELIVERY_STATUSES: dict[str, tuple[str, str]] = {
    DeliveryStatus.PENDING: (N_("Waiting"), "quiet"),
    DeliveryStatus.SENDING: (N_("Sending"), "info"),
    DeliveryStatus.DELIVERED: (N_("Delivered"), "good"),
    DeliveryStatus.RETRYING: (N_("Retrying"), "warn"),
    DeliveryStatus.DEAD_LETTER: (N_("Given up"), "bad"),
}
PERIODS: dict[Period, str] = {
    Period.DAY: N_("24 hours"),
    Period.WEEK: N_("7 days"),
    Period.MONTH: N_("30 days"),
}
_FINISHED: dict[str, str] = {
    DeliveryStatus.DELIVERED: N_("The endpoint took it."),
    DeliveryStatus.DEAD_LETTER: N_("It is not tried again by itself. Resend sends it at once."),
    DeliveryStatus.SENDING: N_("It is on its way."),
}
_STOPPED: dict[str, str] = {
    WebhookStatus.PAUSED: N_("Waits until the webhook is resumed: a user paused it."),
    WebhookStatus.SUSPENDED: N_("It waits until the webhook is resumed: it is suspended."),
    WebhookStatus.DISABLED: N_("It waits until the webhook is resumed: it is disabled."),
}


def name_of(subscription: WebhookSubscription) -> str:
    """Return the name of a webhook: its description, or else its URL."""
    return subscription.description or subscription.url


def type_groups(present: Iterable[str] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the event types that a form offers: (heading, [(event type, sentence)]), in the language of the page.

    A planned type is offered only where it is `present` already: else somebody would wait for it.
    """
    selected = set(present)
    groups = registry().webhook_groups
    offered = {
        group: [
            (kind.event_type, _(kind.label))
            for kind in kinds
            if kind.event_type in selected or not is_planned(kind.event_type)
        ]
        for group, kinds in event_types_by_group().items()
    }
    return [(_(groups[group]), types) for group, types in offered.items() if types]


def logged_event_types() -> list[str]:
    """Return every event type that a delivery may have."""
    return [*registry().event_types, TEST_PING]


def endpoint_badge(subscription: WebhookSubscription, now: datetime) -> tuple[str, str]:
    """Return the label and the tone of what a webhook does now: its status, or why it holds back though it is active."""
    breaker, resting = subscription.breaker, subscription.resting_until
    if subscription.status is not WebhookStatus.ACTIVE:
        label, tone = STATUSES[subscription.status]
        return _(label), tone
    if breaker.state is BreakerState.HALF_OPEN:
        return _("Trying again"), "warn"
    if breaker.state is BreakerState.OPEN and breaker.open_until is not None:
        return _("Held back until %(time)s") % {"time": clock_time(breaker.open_until)}, "bad"
    if resting is not None and resting > now:
        return _("Held back until %(time)s") % {"time": clock_time(resting)}, "warn"
    if breaker.consecutive_failures:
        return _("Failing"), "warn"
    label, tone = STATUSES[subscription.status]
    return _(label), tone


def hold_sentence(subscription: WebhookSubscription, now: datetime) -> str:
    """Return why nothing is sent to a webhook now, or "" if messages are sent as they come."""
    if subscription.status is not WebhookStatus.ACTIVE:
        return _(_STOPPED[subscription.status])
    return _backoff_sentence(subscription, now)


def queued_message(sentence: str, subscription: WebhookSubscription, now: datetime) -> tuple[str, str]:
    """Return the message that something was queued, and its tone; it says so if the webhook holds it back."""
    hold = hold_sentence(subscription, now)
    return (f"{sentence} {hold}", "info") if hold else (sentence, "good")


def next_attempt_at(
    delivery: WebhookDelivery, subscription: WebhookSubscription, now: datetime
) -> datetime | None:
    """Return when a failed delivery is retried, or None if at once, not at all, or when the webhook sends again."""
    if delivery.status is not DeliveryStatus.RETRYING or delivery.due_at is None or delivery.due_at <= now:
        return None
    stopped = subscription.status is not WebhookStatus.ACTIVE or _backoff_sentence(subscription, now)
    return None if stopped else delivery.due_at


def delivery_badge(delivery: WebhookDelivery) -> tuple[str, str]:
    """Return label and tone of a delivery's status. A test that is not retried has failed."""
    label, tone = DELIVERY_STATUSES[delivery.status]
    if delivery.event_type == TEST_PING and delivery.status is DeliveryStatus.DEAD_LETTER:
        label = N_("Failed")
    return _(label), tone


def status_sentence(subscription: WebhookSubscription, waiting: int, now: datetime) -> str:
    """Return what the webhook does at the moment, and what happens to waiting deliveries."""
    wait = ngettext("%(n)s delivery waits.", "%(n)s deliveries wait.", waiting) % {"n": number(waiting)}
    if subscription.status is WebhookStatus.DISABLED:
        disabled = _(
            "Disabled: the endpoint answered that it is gone for good (410). Nothing is queued for it any more."
        )
        return disabled + " " + _("Once it is back, resume it, and recover what it has missed.")
    if subscription.status is WebhookStatus.ACTIVE:
        backoff = _backoff_sentence(subscription, now)
        if backoff:
            return f"{backoff} {wait}" if waiting else backoff
        return _sending(subscription, wait if waiting else "")
    if subscription.status is WebhookStatus.SUSPENDED:
        trips = subscription.breaker.trips
        stopped = ngettext("Suspended after %(n)s outage.", "Suspended after %(n)s outages.", trips)
        stopped %= {"n": number(trips)}
    else:
        stopped = _("Paused: nothing is sent. New messages wait until the webhook is resumed.")
    return " ".join((stopped, wait, _("Resume sends them.")) if waiting else (stopped, _("Nothing waits.")))


def delivery_sentence(delivery: WebhookDelivery, subscription: WebhookSubscription, now: datetime) -> str:
    """Return when a delivery is sent next, why it waits, or that it is finished."""
    status = delivery.status
    if status is DeliveryStatus.DEAD_LETTER and delivery.event_type == TEST_PING:
        return _("A test is not tried again.")
    sentence = _FINISHED.get(status) or _STOPPED.get(subscription.status)
    if sentence:
        return _(sentence)
    backoff = _backoff_sentence(subscription, now)
    if backoff:
        return backoff
    if delivery.due_at is None or delivery.due_at <= now:
        return _("It is sent in a moment.")
    return _("It is tried again at %(time)s.") % {"time": moment(delivery.due_at)}


def _backoff_sentence(subscription: WebhookSubscription, now: datetime) -> str:
    """Return why an active webhook waits, or "" if it sends."""
    breaker, resting = subscription.breaker, subscription.resting_until
    if breaker.state is BreakerState.HALF_OPEN:
        return _(
            "The next delivery is sent alone, to see whether the endpoint answers again; then the others follow."
        )
    if breaker.state is BreakerState.OPEN and breaker.open_until is not None:
        sentence = _("Nothing is sent until %(time)s: too many attempts in a row have failed.")
        return sentence % {"time": moment(breaker.open_until)}
    if resting is not None and resting > now:
        sentence = _("The endpoint asked for a break: nothing is sent until %(time)s.")
        return sentence % {"time": moment(resting)}
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
    more = _("After %(n)s failures in a row nothing is sent to the endpoint for an hour.") % {
        "n": number(FAILURES_TO_OPEN)
    }
    return " ".join(sentence for sentence in (failed, more, wait) if sentence)
