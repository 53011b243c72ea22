"""The keys and participants of a hub, read from its data folder without serving it. Nothing is created or changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.commands.common import load_settings
from hub_sync.hub.commands.ticket.key_lookup import KeyNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.database import DatabaseUnusable
from hub_sync.hub.kit.errors import HubError, first_line
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable
from hub_sync.rules.tickets.ticket_keys import KeyRing
from hub_sync.rules.tickets.ticket_payload import TicketPayload


def read_key_ring(data: Path | None, tenant_id: str | None) -> KeyRing:
    """Return the tenant's key ring, or one with the keys of every tenant.

    Raises:
        KeyNotFound: there is no hub, it can't be read, or it has no key (of that tenant).
    """
    with _open_hub(data) as hub, hub.uow.read() as work:
        owners = [tenant_id] if tenant_id else [tenant.id for tenant in tenants.all_tenants(work)]
        keys = [key for owner in owners for key in tenants.ticket_keys(work, hub.secret_box, owner)]
    if not keys:
        raise KeyNotFound(
            "The hub has no ticket key for this." if tenant_id else "The hub has no tenant, and so no key."
        )
    return KeyRing(keys)


def find_payload(data: Path | None, participant_id: str) -> TicketPayload:
    """Return the payload of a ticket for a participant, in the version that the tenant has chosen.

    Raises:
        LookupError: the hub knows no such participant, or several, or one who gets no ticket.
        KeyNotFound: there is no hub, or it can't be read.
    """
    with _open_hub(data) as hub, hub.uow.read() as work:
        places = participants.events_of(work.session, participant_id)
        if not places:
            raise LookupError("The hub knows no participant of this id.")
        if len(places) > 1:
            raise LookupError("Several tenants have a participant of this id: give --pid, --tid and --eid.")
        try:
            return tickets.payload_for(work, *places[0], participant_id)
        except HubError as refusal:
            raise LookupError(refusal.message) from refusal


@contextmanager
def _open_hub(data: Path | None) -> Iterator[HubContext]:
    settings = load_settings(data)
    try:
        if not settings.database_url and not (settings.data / "hub.db").is_file():
            raise KeyNotFound(
                f"No key: there is no hub in {settings.data}. Give --key, --data or QR_ENCRYPTION_KEY."
            )
        hub = build_context(settings, SystemClock(), new_id)
        try:
            yield hub
        finally:
            hub.uow.database.close()
    except (DatabaseUnusable, SecretUnusable) as fault:
        raise KeyNotFound(str(fault)) from fault
    except DBAPIError as fault:
        cause = first_line(fault.orig or fault)
        raise KeyNotFound(f"The hub's database can't be read: {cause}") from fault
