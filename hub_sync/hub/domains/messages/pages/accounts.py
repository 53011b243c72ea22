"""The console's pages of accounts, and of copies of the hub that wait for a word."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console import Page, PageCall, PageRouter, Question, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.bounces import hooks
from hub_sync.hub.domains.messages.delivery import repeats
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery_manifest import CHANNELS, SECURITY, STATUSES
from hub_sync.hub.domains.messages.errors import (
    BounceSecretNeeded,
    MessageHeaderInvalid,
    RecipientInvalid,
    SecretNeeded,
    SenderChanged,
    SenderChannelFixed,
    SenderIncomplete,
    SenderInUse,
    SenderNameTaken,
    SenderTestFailed,
    ServiceUrlInvalid,
)
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders import accounts, problems, trials
from hub_sync.hub.domains.messages.senders.schemas import NewSender, SenderChanges, SenderTest
from hub_sync.hub.domains.messages.sending import instances
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.text_types import Id

PATH = "/settings/messages"
_ACCOUNTS = f"{PATH}/accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{sender_id}}"
_BESIDE: dict[Any, Any] = {
    SenderIncomplete: "host",
    SenderNameTaken: "name",
    ServiceUrlInvalid: "secret",
    MessageHeaderInvalid: "from_name",
    SenderChanged: "",
    SenderChannelFixed: "channel",
    SecretNeeded: "secret",
    BounceSecretNeeded: "bounce_secret",
}
_SECRETS = ("secret", "bounce_secret")

router = PageRouter()


class SenderForm(NewSender):
    """The form of an account; boxes that are not ticked are not sent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    is_enabled: bool = False
    is_default: bool = False


class InstanceForm(BaseModel):
    """The decision about a copy of the hub."""

    send_waiting: bool = False


@router.get(PATH, permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def show_messages(page: PageCall) -> Response:
    """List the accounts, what waits, and copies of the hub that wait for a word."""
    rows = page.work.session.scalars(
        accounts.senders_of(page.work, page.tenant_id).order_by(MessageSender.channel, MessageSender.name)
    ).all()
    return page.render(
        "messages/accounts.html",
        accounts=rows,
        waiting_instances=instances.waiting_instances(page.work, page.tenant_id),
        counts=repeats.count_by_status(page.work, page.tenant_id),
        statuses=STATUSES,
        channels=CHANNELS,
        problems=problems.SENTENCES,
    )


@router.get(f"{_ACCOUNTS}/new", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def new_account(page: PageCall) -> Response:
    """Show the form of a new account."""
    values = NewSender(name="-").model_dump(mode="json") | {"name": "", "is_enabled": True}
    return page.render("messages/account_new.html", values=values, **_options())


@router.post(
    f"{_ACCOUNTS}/new",
    creates=True,
    permissions=COMMUNICATION_BROADCAST,
    flag=FF_COMMUNICATION_HUB,
    on_error=new_account,
    beside=_BESIDE,
)
def create_account(page: PageCall) -> Response:
    """Create the account."""
    form = page.parse(SenderForm)
    with page.begin() as work:
        row = accounts.create(work, page.tenant_id, form)
    return page.redirect(f"{_ACCOUNTS}/{row.id}/edit", say=_("The account is saved. Send a test now."))


@router.get(f"{_ACCOUNT}/edit", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def edit_account(page: PageCall, sender_id: Id) -> Response:
    """Show the form of an account, with its history."""
    row = accounts.get(page.work, page.tenant_id, sender_id)
    entries = audit.entries_of(page.work, page.tenant_id, "message_sender", sender_id)
    page.shows_secret = True
    return page.render(
        "messages/account_edit.html",
        account=row,
        values=_values(row),
        problems=problems.SENTENCES,
        hook=_hook(page, row),
        history=audit.history(page.work, entries[-20:][::-1], page.speech.time_zone),
        **_options(),
    )


@router.post(
    f"{_ACCOUNT}/edit",
    permissions=COMMUNICATION_BROADCAST,
    flag=FF_COMMUNICATION_HUB,
    on_error=edit_account,
    beside=_BESIDE,
)
def update_account(page: PageCall, sender_id: Id) -> Response:
    """Update the account; what waits for it is sent at once."""
    with page.begin() as work:
        row = accounts.get(work, page.tenant_id, sender_id)
        audit.merge_form(page, work, "message_sender", row, _values(row), page.speech.time_zone)
        changes = SenderChanges.model_validate(page.parse(SenderForm).model_dump())
        accounts.update_sender(work, page.tenant_id, sender_id, changes, row.version)
    return page.redirect(PATH, say=_("The changes are saved."))


@router.post(
    f"{_ACCOUNT}/test",
    permissions=COMMUNICATION_BROADCAST,
    flag=FF_COMMUNICATION_HUB,
    on_error=edit_account,
    beside={RecipientInvalid: "recipient", SenderTestFailed: "recipient"},
)
def test_account(page: PageCall, sender_id: Id) -> Response:
    """Send a test."""
    form = page.parse(SenderTest)
    content = RenderedMessage(_("Test of your mail account"), _("This account works."))
    trials.try_account(page.hub, page.caller.actor, page.tenant_id, sender_id, form.recipient, content)
    return page.redirect(f"{_ACCOUNTS}/{sender_id}/edit", say=_("The test was sent. Look into the mailbox."))


@router.post(f"{_ACCOUNT}/bounce-address", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def renew_bounce_address(page: PageCall, sender_id: Id) -> Response:
    """Give the account another address for reports, once that is confirmed."""
    with page.reading() as work:
        accounts.get(work, page.tenant_id, sender_id)
    question = Question(
        "renew",
        _("Renew the address for reports?"),
        (_("The address that the provider has now is refused at once. Enter the new one there."),),
        _("Renew"),
    )
    page.ask_first(question)
    with page.begin() as work:
        accounts.renew_bounce_hook(work, page.tenant_id, sender_id)
    return page.redirect(
        f"{_ACCOUNTS}/{sender_id}/edit", say=_("The address is new. Enter it at the provider.")
    )


@router.post(f"{_ACCOUNT}/delete", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB)
def delete_account(page: PageCall, sender_id: Id) -> Response:
    """Delete the account, once that is confirmed."""
    with page.reading() as work:
        accounts.get(work, page.tenant_id, sender_id)
    page.ask_first(
        Question("delete", _("Delete this account?"), (_("Its password is deleted with it."),), _("Delete"))
    )
    try:
        with page.begin() as work:
            accounts.delete(work, page.tenant_id, sender_id)
    except SenderInUse as error:
        return page.redirect(PATH, say=_(error.template), tone="bad")
    return page.redirect(PATH, say=_("The account was deleted."))


@router.post(
    f"{PATH}/instances/{{instance_id}}", permissions=COMMUNICATION_BROADCAST, flag=FF_COMMUNICATION_HUB
)
def confirm_instance(page: PageCall, instance_id: Id) -> Response:
    """Let a copy of the hub send."""
    form = page.parse(InstanceForm)
    with page.begin() as work:
        instances.confirm(work, page.tenant_id, instance_id, send_waiting=form.send_waiting)
    return page.redirect(PATH, say=_("This copy of the hub sends messages now."))


def _hook(page: Page, row: MessageSender) -> str:
    """Return the address for reports of an e-mail account's provider; "" where links have no sure beginning."""
    if row.channel is not MessageChannel.EMAIL:
        return ""
    base = find_link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    return base + hooks.hook_path(page.work, row) if base else ""


def _values(row: MessageSender) -> dict[str, Any]:
    """Return an account as the initial values of its form; secrets are never shown."""
    names = [name for name in NewSender.model_fields if name not in _SECRETS]
    values = {name: "" if getattr(row, name) is None else getattr(row, name) for name in names}
    return values | dict.fromkeys(_SECRETS, "") | {"version": row.version}


def _options() -> dict[str, Any]:
    channels = {key: label for key, label in CHANNELS.items() if key != MessageChannel.KIOSK}
    return {"channels": channels, "securities": SECURITY}
