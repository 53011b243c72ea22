"""The console's page of the organisation's tickets: their version, and the keys that seal or sign them."""

from datetime import datetime, timedelta
from enum import StrEnum

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.contract.enums import QrFormat
from hub_sync.hub.console import N_, PageCall, PageRouter, Question, _
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.errors import TicketKeyInUse, TicketKeyNotFound
from hub_sync.hub.domains.tenants.manifest import TENANT_MANAGE, TENANT_READ
from hub_sync.hub.domains.tenants.ticket_key_states import describe_keys
from hub_sync.hub.kit.text_types import Id

HERE = "/settings/tickets"
ALGORITHMS = {"AES-256-GCM": N_("Version 1, sealed"), "Ed25519": N_("Version 2, signed")}

router = PageRouter()


class OldTickets(StrEnum):
    """What becomes of the tickets of earlier keys."""

    STAY = "stay"
    MONTH = "month"
    KNOWN = "known"
    """They end when all stations have the new key."""
    END = "end"

    def until(self, now: datetime) -> datetime | None:
        """Return the time at which they end; None: they stay as they are."""
        if self in (OldTickets.STAY, OldTickets.KNOWN):
            return None
        return now if self is OldTickets.END else now + timedelta(days=30)


class FormatForm(BaseModel):
    """The version of new tickets, and what becomes of those of the other version."""

    qr_format: QrFormat
    old: OldTickets = OldTickets.STAY


class NewKeyForm(BaseModel):
    """What becomes of the tickets of the keys before."""

    old: OldTickets = OldTickets.STAY


@router.get(HERE, permissions=TENANT_READ)
def show_tickets(page: PageCall) -> Response:
    """Show the version of the tickets and the keys."""
    tenant = tenants.get(page.work, page.tenant_id)
    return page.render(
        "tenants/tickets.html",
        qr_format=tenant.qr_format,
        keys=describe_keys(page.work, page.tenant_id),
        algorithms=ALGORITHMS,
    )


@router.get(f"{HERE}/version", permissions=TENANT_MANAGE)
def ask_for_version(page: PageCall) -> Response:
    """Show the form of the version."""
    return page.render(
        "tenants/ticket_version.html",
        qr_format=tenants.get(page.work, page.tenant_id).qr_format,
        versions=[
            (
                QrFormat.V1.value,
                _("1, sealed"),
                _("A station holds the key: whoever steals one can make tickets."),
            ),
            (
                QrFormat.V2.value,
                _("2, signed"),
                _(
                    "A stolen station can make no ticket. The code is smaller, and a ticket may be for one day."
                ),
            ),
        ],
        old=_old_choices(),
    )


@router.post(f"{HERE}/version", permissions=TENANT_MANAGE, on_error=ask_for_version)
def change_version(page: PageCall) -> Response:
    """Change the version of new tickets, and end those of the other version if that is chosen."""
    form = page.parse(FormatForm)
    if form.old is not OldTickets.STAY:
        page.ask_first(_question(form.old, _("End the tickets of the other version?")))
    with page.begin() as work:
        tenants.set_format(
            work, page.hub.secret_box, page.tenant_id, form.qr_format, form.old.until(work.now())
        )
    return page.redirect(HERE, say=_("New tickets are of this version from now on. Gates open both."))


@router.get(f"{HERE}/new-key", permissions=TENANT_MANAGE)
def ask_for_key(page: PageCall) -> Response:
    """Show the form of a new key."""
    old = [
        *_old_choices(),
        (
            OldTickets.KNOWN.value,
            _("They end when all stations have the new key"),
            _("A page shows which have it. A station that stays away keeps the old key open."),
        ),
    ]
    return page.render("tenants/ticket_key.html", old=old)


@router.post(f"{HERE}/new-key", creates=True, permissions=TENANT_MANAGE, on_error=ask_for_key)
def add_key(page: PageCall) -> Response:
    """Add a key for new tickets."""
    form = page.parse(NewKeyForm)
    if form.old is not OldTickets.STAY:
        page.ask_first(_question(form.old, _("End every ticket that was handed out?")))
    with page.begin() as work:
        tenants.rotate_key(
            work,
            page.hub.secret_box,
            page.tenant_id,
            form.old.until(work.now()),
            until_all_have_it=form.old is OldTickets.KNOWN,
        )
    return page.redirect(HERE, say=_("New tickets use the new key. Stations get it with their next pull."))


@router.get(f"{HERE}/keys/{{ticket_key_id}}/retire", permissions=TENANT_MANAGE)
def ask_to_retire(page: PageCall, ticket_key_id: Id) -> Response:
    """Show the confirmation to take a key out of use."""
    key = next((key for key in describe_keys(page.work, page.tenant_id) if key.id == ticket_key_id), None)
    if key is None:
        raise TicketKeyNotFound
    return page.render("tenants/retire_key.html", key=key)


@router.post(
    f"{HERE}/keys/{{ticket_key_id}}/retire",
    permissions=TENANT_MANAGE,
    on_error=ask_to_retire,
    beside={TicketKeyInUse: ""},
)
def retire_key(page: PageCall, ticket_key_id: Id) -> Response:
    """Take a key out of use now."""
    with page.begin() as work:
        tenants.retire_key(work, page.tenant_id, ticket_key_id)
    return page.redirect(
        HERE, say=_("The key is out of use: gates refuse its tickets from their next pull on.")
    )


def _old_choices() -> list[tuple[str, str, str]]:
    return [
        (OldTickets.STAY.value, _("They stay good"), _("Nobody needs a new ticket.")),
        (OldTickets.MONTH.value, _("They end in 30 days"), _("Time to hand out new ones.")),
        (
            OldTickets.END.value,
            _("They end now"),
            _("After a theft: gates refuse them from their next pull on."),
        ),
    ]


def _question(old: OldTickets, title: str) -> Question:
    when = {
        OldTickets.END: _("now"),
        OldTickets.KNOWN: _("when all stations have the new key"),
    }.get(old, _("in 30 days"))
    return Question(
        "old",
        title,
        (
            _("They end %(when)s: gates refuse them, offline too, once they have pulled.") % {"when": when},
            _("Hand out new tickets before: the page of an event's participants downloads all of them."),
            _("Whoever is inside stays inside. A supervisor can still admit by the registration code."),
        ),
        _("End these tickets"),
    )
