"""Console pages Settings, Webhooks: the list and the form of a new one. `console/` has the pages of a webhook."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.console import PageCall, PageRouter, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.console import delivery_pages, labels, webhook_pages
from hub_sync.hub.domains.webhooks.console.forms import WebhookForm
from hub_sync.hub.domains.webhooks.console.webhook_pages import (
    BESIDE,
    EMPTY,
    WEBHOOKS_PATH,
    form,
    redirect_to_secret,
)
from hub_sync.hub.domains.webhooks.lists import SUBSCRIPTIONS
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS, WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions import service, summaries
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.routing import include_routes
from hub_sync.hub.kit.lists.result_pages import ListQuery

router = PageRouter()


@router.get(WEBHOOKS_PATH, permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def list_webhooks(
    page: PageCall, query: Annotated[ListQuery, Depends(SUBSCRIPTIONS.parse_console_query)]
) -> Response:
    """List all webhooks with their status."""
    webhooks = SUBSCRIPTIONS.page(
        page.work, service.subscriptions_of(page.work, page.tenant_id), query, page.tenant_id
    )
    return page.render(
        "webhooks/list.html",
        webhooks=webhooks,
        words=labels,
        summaries=summaries.of(page.work, page.tenant_id, webhooks.rows),
    )


@router.get(WEBHOOKS_PATH + "/new", permissions=WEBHOOKS_MANAGE, flag=FF_WEBHOOKS)
def new_webhook(page: PageCall) -> Response:
    """Show the form of a new webhook."""
    return form(page, "webhooks/new.html", EMPTY)


@router.post(
    WEBHOOKS_PATH + "/new",
    creates=True,
    permissions=WEBHOOKS_MANAGE,
    flag=FF_WEBHOOKS,
    on_error=new_webhook,
    beside=BESIDE,
)
def create_webhook(page: PageCall) -> Response:
    """Create a webhook and redirect to the page that shows its secret."""
    new = page.parse(WebhookForm).new()
    allowed = service.allowed_networks(page.hub.settings)
    with page.begin() as work:
        subscription, secret = service.create(
            work, page.hub.secret_box, page.tenant_id, new, allowed, page.caller.bounds
        )
    return redirect_to_secret(page, subscription.id, secret)


def _webhooks_that_stop(work: Work, tenant_id: str) -> str:
    """Return how many webhooks get no more messages once webhooks are off."""
    webhooks = work.session.scalars(service.subscriptions_of(work, tenant_id))
    count = sum(webhook.status is WebhookStatus.ACTIVE for webhook in webhooks)
    if not count:
        return ""
    return ngettext(
        "%(n)s webhook gets no more messages. What happens meanwhile can be recovered later.",
        "%(n)s webhooks get no more messages. What happens meanwhile can be recovered later.",
        count,
    ) % {"n": number(count)}


feature_flags.add_consequence(FF_WEBHOOKS, _webhooks_that_stop)
include_routes(router, webhook_pages.router)
include_routes(router, delivery_pages.router)
