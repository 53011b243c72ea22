"""The console's pages of messages that were sent or wait, and of addresses that get none."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import ConfigDict

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.messages.delivery import failures, repeats
from hub_sync.hub.domains.messages.delivery_manifest import CHANNELS, PURPOSES, SOURCES, STATUSES
from hub_sync.hub.domains.messages.errors import (
    MessageHeaderInvalid,
    MessageNotRepeatable,
    RecipientInvalid,
    SuppressionExists,
)
from hub_sync.hub.domains.messages.lists import DELIVERIES, SUPPRESSIONS, NewSuppression
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.pages.accounts import PATH
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_OUTBOX = f"{PATH}/outbox"
_SUPPRESSIONS = f"{PATH}/suppressions"

router = PageRouter()


class SuppressionForm(NewSuppression):
    """The form of an address that gets no messages of a purpose."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@router.get(_OUTBOX, permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def list_messages(
    page: PageCall, query: Annotated[ListQuery, Depends(DELIVERIES.parse_console_query)]
) -> Response:
    """List the messages."""
    result = DELIVERIES.page(page.work, repeats.deliveries_of(page.tenant_id), query, page.tenant_id)
    return page.render(
        "messages/outbox.html",
        result=result,
        statuses=STATUSES,
        channels=CHANNELS,
        purposes=PURPOSES,
        failures=failures.SENTENCES,
        is_repeatable=repeats.is_repeatable,
    )


@router.post(
    f"{_OUTBOX}/{{message_id}}/again", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB
)
def send_again(page: PageCall, message_id: Id) -> Response:
    """Send a message again."""
    try:
        with page.begin() as work:
            repeats.repeat(work, page.tenant_id, message_id)
    except MessageNotRepeatable as error:
        return page.redirect(_OUTBOX, say=_(error.template), tone="bad")
    return page.redirect(_OUTBOX, say=_("The message is sent again."))


@router.get(_SUPPRESSIONS, permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def list_suppressions(
    page: PageCall, query: Annotated[ListQuery, Depends(SUPPRESSIONS.parse_console_query)]
) -> Response:
    """List the addresses that get no messages of a purpose."""
    statement = suppressions.suppressions_of(page.tenant_id)
    return page.render(
        "messages/suppressions.html",
        result=SUPPRESSIONS.page(page.work, statement, query, page.tenant_id),
        channels=CHANNELS,
        purposes=PURPOSES,
        sources=SOURCES,
    )


@router.get(f"{_SUPPRESSIONS}/new", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def new_suppression(page: PageCall) -> Response:
    """Show the form to add an address."""
    channels = {key: label for key, label in CHANNELS.items() if key != MessageChannel.KIOSK}
    values = {"channel": "EMAIL", "address": "", "purpose": "MARKETING", "reason": ""}
    return page.render("messages/suppression_new.html", channels=channels, purposes=PURPOSES, values=values)


@router.post(
    f"{_SUPPRESSIONS}/new",
    creates=True,
    permissions=COMMUNICATION_BROADCAST,
    flag=FF_COMMUNICATION_HUB,
    on_error=new_suppression,
    beside={RecipientInvalid: "address", MessageHeaderInvalid: "address", SuppressionExists: "address"},
)
def create_suppression(page: PageCall) -> Response:
    """Add the address."""
    form = page.parse(SuppressionForm)
    with page.begin() as work:
        suppressions.add(work, page.tenant_id, form.channel, form.address, form.purpose, form.reason)
    return page.redirect(_SUPPRESSIONS, say=_("The address gets no such messages any more."))


@router.post(
    f"{_SUPPRESSIONS}/{{suppression_id}}/delete",
    permissions=COMMUNICATION_BROADCAST,
    flag=FF_COMMUNICATION_HUB,
)
def delete_suppression(page: PageCall, suppression_id: Id) -> Response:
    """Take an address off the list."""
    with page.begin() as work:
        suppressions.remove(work, page.tenant_id, suppression_id)
    return page.redirect(_SUPPRESSIONS, say=_("The address gets such messages again."))
