"""A webhook's deliveries: one looked into and sent again; tests, examples, and what was missed."""

from datetime import timedelta

import orjson
from fastapi.responses import Response

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.console import PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import number, took
from hub_sync.hub.console.i18n.local_times import as_local
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.console import labels
from hub_sync.hub.domains.webhooks.console.forms import ExampleForm, RecoverForm
from hub_sync.hub.domains.webhooks.console.webhook_pages import FLAG, HERE, ONE, show_again
from hub_sync.hub.domains.webhooks.delivery import delivery_log, pings, recovery
from hub_sync.hub.domains.webhooks.errors import (
    DeliveryUnderWay,
    EventTypeUnknown,
    SinceOutOfReach,
    WebhookNotActive,
)
from hub_sync.hub.domains.webhooks.manifest import WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.kit.text_types import Id

DELIVERY = ONE + "/deliveries/{delivery_id}"
_USUALLY = timedelta(days=1)
_BESIDE = {
    WebhookNotActive: "",
    DeliveryUnderWay: "",
    EventTypeUnknown: "event_type",
    SinceOutOfReach: "since",
}

router = PageRouter()


@router.get(DELIVERY, permissions=WEBHOOKS_MANAGE, flag=FLAG)
def show_delivery(page: PageCall, webhook_id: Id, delivery_id: Id) -> Response:
    """What is sent, and every attempt."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    delivery = delivery_log.get(page.work, page.tenant_id, webhook_id, delivery_id)
    return page.render(
        "webhooks/delivery.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        delivery=delivery,
        attempts=delivery_log.attempts_of(page.work, delivery)[::-1],
        body=_readable(delivery.body),
        state=labels.what_becomes_of(delivery, subscription, page.hub.clock.now()),
        is_test=delivery.event_type == TEST_PING,
        is_over=delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.DEAD_LETTER),
        words=labels,
        failure_of=labels.failure_text,
    )


@router.post(
    DELIVERY + "/resend", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=show_delivery, beside=_BESIDE
)
def resend_delivery(page: PageCall, webhook_id: Id, delivery_id: Id) -> Response:
    """Send it (again)."""
    with page.begin() as work:
        delivery_log.resend(work, page.tenant_id, webhook_id, delivery_id)
    said = _("The delivery is queued again, with the same message id.")
    return page.redirect(f"{HERE}/{webhook_id}/deliveries/{delivery_id}", say=said)


@router.post(ONE + "/test", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=show_again)
def ping_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Ping the endpoint now, and send on to what came back."""
    pinged = pings.send(page.hub, page.tenant_id, webhook_id)
    with page.begin() as work:
        delivery_id = pings.record(work, page.tenant_id, pinged).id
    outcome = pinged.outcome
    if outcome.succeeded:
        said = _("The endpoint answered with %(status)s, in %(time)s.") % {
            "status": outcome.status,
            "time": took(outcome.duration_ms),
        }
    else:
        said = _("The test has failed. What came back stands below.")
    place = f"{HERE}/{webhook_id}/deliveries/{delivery_id}"
    return page.redirect(place, say=said, tone="good" if outcome.succeeded else "bad")


@router.get(ONE + "/example", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def choose_example(page: PageCall, webhook_id: Id) -> Response:
    """Of which event type."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(
        "webhooks/example.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        groups=labels.type_groups(subscription.event_types),
    )


@router.post(
    ONE + "/example", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=choose_example, beside=_BESIDE
)
def send_example(page: PageCall, webhook_id: Id) -> Response:
    """Queue an example."""
    asked = page.parse(ExampleForm)
    with page.begin() as work:
        delivery = delivery_log.send_example(work, page.tenant_id, webhook_id, asked.event_type)
    return page.redirect(f"{HERE}/{webhook_id}/deliveries/{delivery.id}", say=_("The example is queued."))


@router.get(ONE + "/recover", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def choose_since(page: PageCall, webhook_id: Id) -> Response:
    """From when on."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(
        "webhooks/recover.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        since=as_local(page.hub.clock.now() - _USUALLY, page.speech.time_zone),
        log_days=page.hub.settings.webhook_log_days,
    )


@router.post(ONE + "/recover", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=choose_since, beside=_BESIDE)
def recover_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Queue what the endpoint has not got since then."""
    since = page.parse(RecoverForm).instant(page.speech.time_zone)
    with page.begin() as work:
        days = page.hub.settings.webhook_log_days
        found = recovery.recover(work, page.tenant_id, webhook_id, since, days)
    return page.redirect(f"{HERE}/{webhook_id}", say=_recovered(found))


def _recovered(found: recovery.RecoveryResult) -> str:
    if not found.requeued and not found.made:
        return _("Nothing is missing: everything since then was delivered, or is still on its way.")
    requeued = ngettext(
        "%(n)s delivery that was given up is queued again.",
        "%(n)s deliveries that were given up are queued again.",
        found.requeued,
    ) % {"n": number(found.requeued)}
    made = ngettext(
        "%(n)s that was never queued is queued now.",
        "%(n)s that were never queued are queued now.",
        found.made,
    ) % {"n": number(found.made)}
    more = _("There is more: recover once more when these are through.") if found.more else ""
    said = (requeued if found.requeued else "", made if found.made else "", more)
    return " ".join(one for one in said if one)


def _readable(body: str) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return body
