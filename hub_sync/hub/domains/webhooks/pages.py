"""Settings, Webhooks: which there are, and making one. The others' pages are `pages_webhook` and `pages_deliveries`."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.console import delivery_pages, labels, webhook_pages
from hub_sync.hub.domains.webhooks.console.forms import WebhookForm
from hub_sync.hub.domains.webhooks.console.webhook_pages import (
    BESIDE,
    EMPTY,
    FLAG,
    HERE,
    form,
    redirect_to_secret,
)
from hub_sync.hub.domains.webhooks.lists import SUBSCRIPTIONS
from hub_sync.hub.domains.webhooks.manifest import WEBHOOKS_MANAGE
from hub_sync.hub.domains.webhooks.subscriptions import summaries
from hub_sync.hub.kit.lists.listing import ListQuery

router = PageRouter()


@router.get(HERE, permissions=WEBHOOKS_MANAGE, flag=FLAG)
def list_webhooks(
    page: PageCall, query: Annotated[ListQuery, Depends(SUBSCRIPTIONS.parse_console_query)]
) -> Response:
    """All webhooks, and how they fare."""
    found = SUBSCRIPTIONS.page(
        page.work, service.subscriptions_of(page.work, page.tenant_id), query, page.tenant_id
    )
    return page.render(
        "webhooks/list.html",
        found=found,
        words=labels,
        glances=summaries.of(page.work, page.tenant_id, found.rows),
    )


@router.get(HERE + "/new", permissions=WEBHOOKS_MANAGE, flag=FLAG)
def new_webhook(page: PageCall) -> Response:
    """The form for a new webhook."""
    return form(page, "webhooks/new.html", EMPTY)


@router.post(HERE + "/new", permissions=WEBHOOKS_MANAGE, flag=FLAG, on_error=new_webhook, beside=BESIDE)
def create_webhook(page: PageCall) -> Response:
    """Make it, and send on to the page that shows its secret."""
    new = page.parse(WebhookForm).new()
    allowed = service.allowed_networks(page.hub.settings)
    with page.begin() as work:
        subscription, secret = service.create(work, page.hub.secret_box, page.tenant_id, new, allowed)
    return redirect_to_secret(page, subscription.id, secret)


router.include_router(webhook_pages.router)
router.include_router(delivery_pages.router)
