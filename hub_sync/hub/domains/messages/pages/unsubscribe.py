"""The page behind the link to unsubscribe: GET shows, POST acts (RFC 8058). Neither needs a session, a cookie or a script.

The POST comes from mail programs, too, which have seen no page of this hub: the link itself is the right to act.
"""

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.messages.delivery_manifest import PURPOSES
from hub_sync.hub.domains.messages.errors import UnsubscribeLinkInvalid
from hub_sync.hub.domains.messages.suppression import links, suppressions
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.urls import add_prefix

PATH = f"{links.PATH}/{{token}}"
ACTOR = "recipient"

router = PageRouter()


@router.get(PATH, public=True)
def show_subscription(page: PageCall, token: str) -> Response:
    """Show what the link ends, and if it has been ended."""
    subscription = links.read_token(page.hub.secret_box.derive_key, token)
    with page.reading() as work:
        is_opted_out = suppressions.is_opted_out(work, subscription)
        response = page.render(
            "messages/unsubscribe.html",
            organiser=tenants.get(work, subscription.tenant_id).name,
            token=token,
            subscription=subscription,
            is_opted_out=is_opted_out,
            purposes=PURPOSES,
        )
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def change_subscription(request: Request, token: str) -> Response:
    """Unsubscribe, or take it back with `again`. A program that sends the one-click body is answered in one word."""
    hub: HubContext = request.app.state.hub
    async with request.form() as form:
        is_program, again = "List-Unsubscribe" in form, "again" in form
    try:
        await run_in_threadpool(_act, hub, token, again)
    except UnsubscribeLinkInvalid as error:
        return secured(PlainTextResponse(error.message, 404))
    if is_program:
        return secured(PlainTextResponse("unsubscribed"))
    path = add_prefix(f"{links.PATH}/{token}", hub.settings.public_path)
    return secured(RedirectResponse(path, 303))


change_subscription.access = None  # type: ignore[attr-defined]
change_subscription.is_page = True  # type: ignore[attr-defined]
change_subscription.is_public = True  # type: ignore[attr-defined]
router.add_api_route(PATH, change_subscription, methods=["POST"], response_model=None)


def _act(hub: HubContext, token: str, again: bool) -> None:
    subscription = links.read_token(hub.secret_box.derive_key, token)
    with hub.uow.begin(ACTOR) as work:
        if again:
            suppressions.opt_in(work, subscription)
        else:
            suppressions.opt_out(work, subscription)
