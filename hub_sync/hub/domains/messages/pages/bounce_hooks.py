"""The address to which a provider posts what became of messages. No session: the address itself is the secret (`bounces.hooks`).

The route is a plain one beside those of pages, as for one-click unsubscribing: programs post here, and have seen no page of this hub.
"""

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.console import PageRouter
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.messages.bounces import hooks
from hub_sync.hub.domains.messages.bounces.provider_reports import read_post
from hub_sync.hub.domains.messages.bounces.settling import Settlement, settle
from hub_sync.hub.domains.messages.errors import BounceReportEarly, BounceReportInvalid
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.context import HubContext

PATH = f"{hooks.PATH}/{{sender_id}}/{{secret}}"
ACTOR = "provider"

router = PageRouter()


async def receive_reports(request: Request, sender_id: str, secret: str) -> Response:
    """Store what a provider reports. A message that is being sent is answered 503: providers post again."""
    hub: HubContext = request.app.state.hub
    try:
        await run_in_threadpool(_check, hub, sender_id, secret)
        await run_in_threadpool(_store, hub, sender_id, secret, await request.body())
    except HubError as error:
        return secured(PlainTextResponse(error.message, error.status))
    return secured(PlainTextResponse("stored"))


receive_reports.access = None  # type: ignore[attr-defined]
receive_reports.is_page = True  # type: ignore[attr-defined]
receive_reports.is_public = True  # type: ignore[attr-defined]
router.add_api_route(PATH, receive_reports, methods=["POST"], response_model=None)


def _check(hub: HubContext, sender_id: str, secret: str) -> None:
    """Refuse a stranger before their body is read."""
    with hub.uow.look_up() as work:
        hooks.account_of(work, sender_id, secret)


def _store(hub: HubContext, sender_id: str, secret: str, body: bytes) -> None:
    post = read_post(body)
    if post is None:
        raise BounceReportInvalid
    is_early = False
    with hub.uow.begin(ACTOR) as work:
        row = hooks.account_of(work, sender_id, secret)
        if post.confirmation_url:
            row.bounce_confirmation_url = post.confirmation_url
        elif post.reports and row.bounce_confirmation_url:
            row.bounce_confirmation_url = ""
        for report in post.reports:
            is_early |= settle(work, row.tenant_id, row.id, report) is Settlement.TOO_EARLY
    if is_early:
        raise BounceReportEarly
