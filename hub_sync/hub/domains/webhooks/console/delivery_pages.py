"""Console pages of a webhook's deliveries: details, resend, tests, examples, recovery."""

from datetime import timedelta

import orjson
from fastapi.responses import Response

from hub_sync.contract.enums import DeliveryStatus
from hub_sync.hub.console import PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import number, took
from hub_sync.hub.console.local_times import as_local, ask_which_hour
from hub_sync.hub.domains.webhooks.console import error_messages, labels
from hub_sync.hub.domains.webhooks.console.forms import ExampleForm, RecoverForm
from hub_sync.hub.domains.webhooks.console.webhook_pages import WEBHOOK_PATH, WEBHOOKS_PATH, show_again
from hub_sync.hub.domains.webhooks.delivery import delivery_log, pings, recovery
from hub_sync.hub.domains.webhooks.errors import EventTypeUnknown, SinceOutOfReach
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING, may_read
from hub_sync.hub.kit.text_types import Id

DELIVERY_PATH = WEBHOOK_PATH + "/deliveries/{delivery_id}"
_DEFAULT_PERIOD = timedelta(days=1)
_BESIDE = {EventTypeUnknown: "event_type", SinceOutOfReach: "since"}

router = PageRouter()


@router.get(DELIVERY_PATH, permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def show_delivery(page: PageCall, webhook_id: Id, delivery_id: Id) -> Response:
    """Show a delivery with its body and every attempt."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    delivery = delivery_log.get(page.work, page.tenant_id, webhook_id, delivery_id)
    is_finished = delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.DEAD_LETTER)
    return page.render(
        "webhooks/delivery.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        delivery=delivery,
        attempts=delivery_log.attempts_of(page.work, delivery)[::-1],
        body=_indented(delivery.body),
        may_read=may_read(page.caller, delivery.event_type),
        state=labels.delivery_sentence(delivery, subscription, page.hub.clock.now()),
        is_test=delivery.event_type == TEST_PING,
        is_finished=is_finished,
        held="" if is_finished else labels.hold_sentence(subscription, page.hub.clock.now()),
        words=labels,
        failure_message=error_messages.translate_failure,
    )


@router.post(
    DELIVERY_PATH + "/resend",
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=show_delivery,
    beside=_BESIDE,
)
def resend_delivery(page: PageCall, webhook_id: Id, delivery_id: Id) -> Response:
    """Send a delivery (again)."""
    with page.begin() as work:
        delivery_log.resend(work, page.tenant_id, webhook_id, delivery_id)
        message, tone = labels.queued_message(
            _("The delivery is queued again, with the same message id."),
            service.get(work, page.tenant_id, webhook_id),
            work.now(),
        )
    path = f"{WEBHOOKS_PATH}/{webhook_id}/deliveries/{delivery_id}"
    return page.redirect(path, say=message, tone=tone)


@router.post(WEBHOOK_PATH + "/test", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS, on_error=show_again)
def ping_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Send a ping now and redirect to the outcome."""
    pinged = pings.send(page.hub, page.tenant_id, webhook_id)
    with page.begin() as work:
        delivery_id = pings.record(work, page.tenant_id, pinged).id
    outcome = pinged.outcome
    if outcome.succeeded:
        message = _("The endpoint answered with %(status)s, in %(time)s.") % {
            "status": outcome.status,
            "time": took(outcome.duration_ms),
        }
    else:
        message = _("The test failed. The answer is shown below.")
    path = f"{WEBHOOKS_PATH}/{webhook_id}/deliveries/{delivery_id}"
    return page.redirect(path, say=message, tone="good" if outcome.succeeded else "bad")


@router.get(WEBHOOK_PATH + "/example", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def choose_example(page: PageCall, webhook_id: Id) -> Response:
    """Show the form of an example."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(
        "webhooks/example.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        groups=labels.type_groups(subscription.event_types),
    )


@router.post(
    WEBHOOK_PATH + "/example",
    creates=True,
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=choose_example,
    beside=_BESIDE,
)
def send_example(page: PageCall, webhook_id: Id) -> Response:
    """Queue an example."""
    example = page.parse(ExampleForm)
    with page.begin() as work:
        delivery = delivery_log.send_example(work, page.tenant_id, webhook_id, example.event_type)
        message, tone = labels.queued_message(
            _("The example is queued."), service.get(work, page.tenant_id, webhook_id), work.now()
        )
    path = f"{WEBHOOKS_PATH}/{webhook_id}/deliveries/{delivery.id}"
    return page.redirect(path, say=message, tone=tone)


@router.get(WEBHOOK_PATH + "/recover", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def choose_since(page: PageCall, webhook_id: Id) -> Response:
    """Show the form of a recovery."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(
        "webhooks/recover.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        since=as_local(page.hub.clock.now() - _DEFAULT_PERIOD, page.speech.time_zone),
        log_days=page.hub.settings.webhook_log_days,
    )


@router.post(
    WEBHOOK_PATH + "/recover",
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=choose_since,
    beside=_BESIDE,
)
def recover_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Queue what the endpoint has missed since a time."""
    since = page.parse(RecoverForm).instant(
        page.speech.time_zone, ask_which_hour(page, {"since": _("Since")})
    )
    with page.begin() as work:
        days = page.hub.settings.webhook_log_days
        result = recovery.recover(work, page.tenant_id, webhook_id, since, days)
        message, tone = _recovery_message(result), "good"
        if result.requeued or result.created:
            subscription = service.get(work, page.tenant_id, webhook_id)
            message, tone = labels.queued_message(message, subscription, work.now())
    return page.redirect(f"{WEBHOOKS_PATH}/{webhook_id}", say=message, tone=tone)


def _recovery_message(result: recovery.RecoveryResult) -> str:
    if not result.requeued and not result.created:
        return _("Nothing is missing: everything since then was delivered, or is still on its way.")
    requeued = ngettext(
        "%(n)s delivery that was given up is queued again.",
        "%(n)s deliveries that were given up are queued again.",
        result.requeued,
    ) % {"n": number(result.requeued)}
    created = ngettext(
        "%(n)s that was never queued is queued now.",
        "%(n)s that were never queued are queued now.",
        result.created,
    ) % {"n": number(result.created)}
    more = _("There is more: recover once more when these are through.") if result.more else ""
    sentences = (requeued if result.requeued else "", created if result.created else "", more)
    return " ".join(sentence for sentence in sentences if sentence)


def _indented(body: str) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return body
