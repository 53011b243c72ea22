"""The manifest of tickets."""

from hub_sync.hub.domains.participants.manifest import PARTICIPANT
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

TICKETS_ISSUE = Permission("tickets:issue", N_("Issue"))

TICKET_ISSUED = AuditAction(PARTICIPANT, "issue_ticket", N_("Ticket issued"))
TICKETS_ISSUED = AuditAction(PARTICIPANT, "issue_tickets", N_("Tickets issued"))

MANIFEST = DomainManifest(
    name="tickets",
    permissions=(PermissionGroup("tickets", N_("Tickets"), (TICKETS_ISSUE,)),),
    openapi_tags=(OpenApiTag("tickets", "Tickets as codes, images and pages."),),
    audit_actions=(TICKET_ISSUED, TICKETS_ISSUED),
)
