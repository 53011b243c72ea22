"""Names of users."""

from hub_sync.hub.domains.accounts.manifest import USER
from hub_sync.hub.domains.accounts.tables import User
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (
    EntityNames(
        USER, User, (User.name, User.email), lambda name, email: name or email, actor=("user:", User.email)
    ),
)
