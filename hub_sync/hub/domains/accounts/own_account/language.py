"""The language that a signed-in user chooses in the console's menu. It is stored in their profile."""

from hub_sync.hub.domains.accounts.own_account.service import OwnAccount
from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller


def choose_language(hub: HubContext, caller: Caller, language: str) -> None:
    """Set the language of a signed-in user; their name stays."""
    with hub.uow.read() as work:
        user = work.session.get(User, (caller.tenant_id, caller.id))
        name = user.name if user else ""
    OwnAccount(hub, caller.tenant_id, caller.id).change_profile(name, language)
