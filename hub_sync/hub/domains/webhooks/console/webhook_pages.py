"""Console pages of a webhook: status, settings, secret, pause, resume, delete."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.one_time_secrets import OneTimeSecrets
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.webhooks.console import error_messages, labels
from hub_sync.hub.domains.webhooks.console.charts import EndpointCharts
from hub_sync.hub.domains.webhooks.console.forms import EditWebhookForm, filled_from
from hub_sync.hub.domains.webhooks.delivery import delivery_log, retention
from hub_sync.hub.domains.webhooks.errors import (
    EventTypesMissing,
    EventTypeUnknown,
    WebhookAddressRefused,
    WebhookUrlUnusable,
)
from hub_sync.hub.domains.webhooks.lists import DELIVERIES
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOK, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions import event_types, service, statistics, summaries
from hub_sync.hub.domains.webhooks.subscriptions.statistics import Period
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.security.credential_bounds import PermissionNotHeld
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.times.time_zones import load_time_zone

WEBHOOKS_PATH = "/settings/webhooks"
WEBHOOK_PATH = WEBHOOKS_PATH + "/{webhook_id}"
_LOG_ROWS, _HISTORY_STEPS = 20, 20
"""On a page."""
EMPTY: Mapping[str, Any] = {"url": "", "description": "", "event_types": ()}
BESIDE: Mapping[type[HubError], str] = {
    WebhookUrlUnusable: "url",
    WebhookAddressRefused: "url",
    EventTypeUnknown: "event_types",
    EventTypesMissing: "event_types",
    PermissionNotHeld: "event_types",
}
_ONE_TIME_SECRETS = OneTimeSecrets("doorward_webhook_secret", "webhook secret", WEBHOOKS_PATH)

router = PageRouter()


@router.get(WEBHOOK_PATH + "/secret", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def show_secret(page: PageCall, webhook_id: Id) -> Response:
    """Show the secret, this once, and how to use it."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    until = subscription.previous_secret_until
    response = page.render(
        "webhooks/secret.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        secret=_ONE_TIME_SECRETS.take(page, webhook_id),
        both_until=until if until and until > page.hub.clock.now() else None,
    )
    return _ONE_TIME_SECRETS.forget(response)


@router.get(WEBHOOK_PATH, permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def show_webhook(
    page: PageCall, webhook_id: Id, query: Annotated[ListQuery, Depends(DELIVERIES.parse_console_query)]
) -> Response:
    """Show its status, the statistics of its endpoint and its log."""
    return _webhook_page(page, webhook_id, query)


def show_again(page: PageCall, webhook_id: Id) -> Response:
    """Show the page again after an error."""
    return _webhook_page(page, webhook_id, DELIVERIES.specification.parse_list(b"", page.request.url.path))


@router.get(WEBHOOK_PATH + "/edit", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def edit_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Show the form of its settings."""
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return form(
        page,
        "webhooks/edit.html",
        filled_from(subscription),
        webhook=subscription,
        name=labels.name_of(subscription),
    )


@router.post(
    WEBHOOK_PATH + "/edit",
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=edit_webhook,
    beside=BESIDE,
)
def change_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Change the settings."""
    allowed = service.allowed_networks(page.hub.settings)
    with page.begin() as work:
        subscription = service.get(work, page.tenant_id, webhook_id)
        audit.merge_form(page, work, WEBHOOK.name, subscription, filled_from(subscription))
        changes = page.parse(EditWebhookForm).changes()
        service.update(
            work, page.tenant_id, webhook_id, changes, allowed, page.caller.bounds, subscription.version
        )
    return page.redirect(f"{WEBHOOKS_PATH}/{webhook_id}", say=_("The changes are saved."))


@router.post(
    WEBHOOK_PATH + "/pause", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS, on_error=show_again, beside=BESIDE
)
def pause_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Pause the webhook."""
    with page.begin() as work:
        service.pause(work, page.tenant_id, webhook_id)
    message = _("The webhook is paused. What happens from now on waits until it is resumed.")
    return page.redirect(f"{WEBHOOKS_PATH}/{webhook_id}", say=message)


@router.post(
    WEBHOOK_PATH + "/resume",
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=show_again,
    beside=BESIDE,
)
def resume_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Resume the webhook, and go back to the page of the delivery that had the button, if it was one."""
    delivery_id = str(page.value("delivery"))
    with page.begin() as work:
        service.resume(work, page.tenant_id, webhook_id)
    message = _("The webhook is active. What was waiting is sent now.")
    path = f"{WEBHOOKS_PATH}/{webhook_id}" + (
        f"/deliveries/{quote(delivery_id, safe='')}" if delivery_id else ""
    )
    return page.redirect(path, say=message)


@router.get(WEBHOOK_PATH + "/rotate", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def ask_to_rotate(page: PageCall, webhook_id: Id) -> Response:
    """Ask before the secret is rotated."""
    return _confirmation(page, webhook_id, "webhooks/rotate.html")


@router.post(
    WEBHOOK_PATH + "/rotate",
    creates=True,
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=ask_to_rotate,
    beside=BESIDE,
)
def rotate_secret(page: PageCall, webhook_id: Id) -> Response:
    """Rotate the secret and redirect to the page that shows it."""
    with page.begin() as work:
        _webhook, secret = service.rotate_secret(
            work, page.hub.secret_box, page.tenant_id, webhook_id, page.caller.bounds
        )
    return redirect_to_secret(page, webhook_id, secret)


@router.get(WEBHOOK_PATH + "/delete", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def ask_to_delete(page: PageCall, webhook_id: Id) -> Response:
    """Ask before the webhook is deleted."""
    return _confirmation(page, webhook_id, "webhooks/delete.html")


@router.post(
    WEBHOOK_PATH + "/delete",
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=ask_to_delete,
    beside=BESIDE,
)
def delete_webhook(page: PageCall, webhook_id: Id) -> Response:
    """Delete the webhook with its log."""
    retention.delete_log(page.hub.uow, page.tenant_id, webhook_id)
    with page.begin() as work:
        name = labels.name_of(service.get(work, page.tenant_id, webhook_id))
        service.delete(work, page.tenant_id, webhook_id)
    return page.redirect(
        WEBHOOKS_PATH, say=_("“%(name)s” is deleted, and its log with it.") % {"name": isolated(name)}
    )


def form(page: Page, template: str, filled: Mapping[str, Any], **more: Any) -> Response:
    """Return a page with the form of a webhook."""
    return page.render(
        template,
        filled=filled,
        ticked=page.values("event_types", filled["event_types"]),
        groups=labels.type_groups(filled["event_types"]),
        everything=event_types.EVERYTHING,
        **more,
    )


def redirect_to_secret(page: Page, webhook_id: str, secret: str) -> Response:
    """Redirect to the page that shows the secret."""
    return _ONE_TIME_SECRETS.hand_on(
        page, page.redirect(f"{WEBHOOKS_PATH}/{webhook_id}/secret"), webhook_id, secret
    )


def _confirmation(page: Page, webhook_id: str, template: str) -> Response:
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    return page.render(template, webhook=subscription, name=labels.name_of(subscription))


def _webhook_page(page: Page, webhook_id: str, list_query: ListQuery) -> Response:
    subscription = service.get(page.work, page.tenant_id, webhook_id)
    parameters = page.request.query_params
    period_text = parameters.get("period", "")
    period = Period(period_text) if period_text in set(Period) else Period.DAY
    figures = statistics.of(page.work, subscription, period)
    log = DELIVERIES.page(
        page.work,
        delivery_log.deliveries_of(page.tenant_id, webhook_id),
        replace(list_query, limit=_LOG_ROWS),
        page.tenant_id,
        Cursors(page.hub.secret_box),
    )
    entries = audit.entries_of(page.work, page.tenant_id, WEBHOOK.name, webhook_id, _HISTORY_STEPS)

    def link(**changes: str) -> str:
        query = {name: value for name, value in (dict(parameters.items()) | changes).items() if value}
        return f"{WEBHOOKS_PATH}/{webhook_id}" + (f"?{urlencode(query)}" if query else "")

    return page.render(
        "webhooks/webhook.html",
        webhook=subscription,
        name=labels.name_of(subscription),
        words=labels,
        failure_message=error_messages.translate_failure,
        figures=figures,
        chart=EndpointCharts(figures, load_time_zone(page.speech.time_zone)),
        log=log,
        durations=summaries.durations_of(page.work, log.rows),
        link=link,
        history=audit.history(page.work, entries[::-1]),
    )
