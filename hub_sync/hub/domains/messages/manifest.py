"""Manifest of messages."""

from hub_sync.hub.domains.messages import delivery_manifest
from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

COMMUNICATION_BROADCAST = Permission("communication:broadcast", N_("Send to many"))

FF_COMMUNICATION_HUB = FeatureFlag(
    "FF_COMMUNICATION_HUB",
    N_("Messages"),
    N_("Writes to participants by e-mail, text message and push, from templates."),
    is_planned=True,
)

MANIFEST = DomainManifest(
    name="messages",
    permissions=(PermissionGroup("communication", N_("Messages"), (COMMUNICATION_BROADCAST,)),),
    flags=(FF_COMMUNICATION_HUB,),
    entities=delivery_manifest.ENTITIES,
    audit_actions=delivery_manifest.AUDIT_ACTIONS,
    domain_events=delivery_manifest.DOMAIN_EVENTS,
    webhook_groups=(("message", N_("Messages")),),
)
