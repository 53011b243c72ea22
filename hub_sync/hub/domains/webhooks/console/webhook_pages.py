"""One webhook: how its endpoint fares, its settings, its secret; paused, resumed, deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.one_time_secrets import OneTimeSecrets
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.console import labels
from hub_sync.hub.domains.webhooks.console.charts import EndpointCharts
from hub_sync.hub.domains.webhooks.console.forms import EditForm, filled_from
from hub_sync.hub.domains.webhooks.delivery import delivery_log
from hub_sync.hub.domains.webhooks.errors import (
    EventTypeUnknown,
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookChanged,
    WebhookNotActive,
    WebhookUrlUnusable,
)
from hub_sync.hub.domains.webhooks.lists import DELIVERIES
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions import event_types, log_deletion, statistics, summaries
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Period
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.lists.list_query import ListQuery
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.text_types import Id

FLAG = FF_WEBHOOKS
HERE = "/settings/webhooks"
ONE = HERE + "/{webhook_id}"
ROWS, STEPS = 20, 20
"""Of the log, and of the trail, on a page."""
EMPTY: Mapping[str, Any] = {"url": "", "description": "", "event_types": ()}
BESIDE: Mapping[type[HubError], str] = {
    WebhookUrlUnusable: "url",
    WebhookAddressRefused: "url",
    EventTypeUnknown: "event_types",
    WebhookChanged: "",
    TooManyWebhooks: "",
    WebhookNotActive: "",
}
_SHOWN_ONCE = OneTimeSecrets("doorward_webhook_secret", "webhook secret", HERE)

router = PageRouter()


@router.get(ONE + "/made", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def show_secret(page: PageCall, webhook_id: Id) -> Response:
    """The secret itself, this once, and what to do with it."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    both = subscription.previous_secret_until
    answer = page.render(
        "webhooks/made.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        secret=_SHOWN_ONCE.take(page, webhook_id),
        both_until=both if both and both > page.hub.clock.now() else None,
    )
    return _SHOWN_ONCE.forget(answer)


@router.get(ONE, permissions=WEBHOOKS_MANAGE, flag=FLAG)
def show_webhook(
    page: PageCall, webhook_id: Id, query: Annotated[ListQuery, Depends(DELIVERIES.parse_console_query)]
) -> Response:
    """What it does now, how its endpoint fared, and its log."""
    return _shown(page, webhook_id, query)


def show_again(page: PageCall, webhook_id: Id) -> Response:
    """The same, after something that could not be done."""
    return _shown(page, webhook_id, DELIVERIES.specification.parse_list(b"", page.request.url.path))


@router.get(ONE + "/edit", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def edit_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Its settings, to change."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    entries = audit.entries_of(page.work, page.tenant_id, "webhook", webhook_id)
    meanwhile = audit.since_version(entries, page.value("version", subscription.version))
    return form(
        page,
        "webhooks/edit.html",
        filled_from(subscription),
        webhook=subscription,
        name=labels.name_of(subscription),
        meanwhile=audit.history(meanwhile),
    )


@router.post(ONE + "/edit", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=edit_webhook, beside=BESIDE)
def change_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Change it."""
    asked = page.parse(EditForm)
    allowed = service.allowed_networks(page.hub.settings)
    with page.begin() as work:
        service.update(work, page.tenant_id, webhook_id, asked.changes(), allowed, asked.version)
    return page.redirect(f"{HERE}/{webhook_id}", say=_("The changes are saved."))


@router.post(ONE + "/pause", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=show_again, beside=BESIDE)
def pause_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Send nothing for now."""
    with page.begin() as work:
        service.pause(work, page.tenant_id, webhook_id)
    said = _("The webhook is paused. What happens from now on waits until it is resumed.")
    return page.redirect(f"{HERE}/{webhook_id}", say=said)


@router.post(ONE + "/resume", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=show_again, beside=BESIDE)
def resume_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Send again."""
    with page.begin() as work:
        service.resume(work, page.tenant_id, webhook_id)
    said = _("The webhook is active. What was waiting is sent now.")
    return page.redirect(f"{HERE}/{webhook_id}", say=said)


@router.get(ONE + "/rotate", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def ask_to_rotate(page: PageCall, webhook_id: Id) -> Response:
    """What becomes of the old secret."""
    return _asking(page, webhook_id, "webhooks/rotate.html")


@router.post(ONE + "/rotate", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=ask_to_rotate, beside=BESIDE)
def rotate_secret(page: PageCall, webhook_id: Id) -> Response:
    """Give it another secret, and send on to the page that shows it."""
    with page.begin() as work:
        _webhook, secret = service.rotate_secret(work, page.hub.secret_box, page.tenant_id, webhook_id)
    return redirect_to_secret(page, webhook_id, secret)


@router.get(ONE + "/delete", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def ask_to_delete(page: PageCall, webhook_id: Id) -> Response:
    """Whether it is meant."""
    return _asking(page, webhook_id, "webhooks/delete.html")


@router.post(ONE + "/delete", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=ask_to_delete, beside=BESIDE)
def delete_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Take it away with its log."""
    log_deletion.delete_log(page.hub.uow, page.tenant_id, webhook_id)
    with page.begin() as work:
        name = labels.name_of(service.get(work, page.tenant_id, webhook_id))
        service.delete(work, page.tenant_id, webhook_id)
    return page.redirect(HERE, say=_("“%(name)s” is deleted, and its log with it.") % {"name": name})


def form(page: Page, template: str, filled: Mapping[str, Any], **more: Any) -> Response:
    """A page with a webhook's form."""
    return page.render(
        template,
        filled=filled,
        ticked=page.values("event_types", filled["event_types"]),
        groups=labels.type_groups(filled["event_types"]),
        everything=event_types.EVERYTHING,
        **more,
    )


def redirect_to_secret(page: Page, webhook_id: str, secret: str) -> Response:
    """On to the page that shows the secret."""
    return _SHOWN_ONCE.hand_on(page, page.redirect(f"{HERE}/{webhook_id}/made"), webhook_id, secret)


def _asking(page: Page, webhook_id: str, template: str) -> Response:
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(template, webhook=subscription, name=labels.name_of(subscription))


def _shown(page: Page, webhook_id: str, query: ListQuery) -> Response:
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    parameters = page.request.query_params
    wanted = parameters.get("period", "")
    period = Period(wanted) if wanted in set(Period) else Period.DAY
    fared = statistics.of(page.work, subscription, period)
    log = DELIVERIES.page(
        page.work,
        delivery_log.deliveries_of(page.tenant_id, webhook_id),
        replace(query, limit=ROWS),
        page.tenant_id,
        Cursors(page.hub.secret_box),
    )
    entries = audit.entries_of(page.work, page.tenant_id, "webhook", webhook_id)

    def link(**changes: str) -> str:
        kept = {name: value for name, value in (dict(parameters.items()) | changes).items() if value}
        return f"{HERE}/{webhook_id}" + (f"?{urlencode(kept)}" if kept else "")

    return page.render(
        "webhooks/one.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        words=labels,
        failure_of=labels.failure_text,
        fared=fared,
        drawing=EndpointCharts(fared, ZoneInfo(page.speech.time_zone)),
        log=log,
        took=summaries.took(page.work, log.rows),
        link=link,
        steps=audit.history(entries[-STEPS:][::-1]),
    )
