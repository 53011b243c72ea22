"""The manifest of imports."""

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.i18n import N_

IMPORT = Entity(
    "import",
    N_("Import"),
    page="/events/{event_id}/imports/{import_id}",
    fields={"file_name": N_("File"), "file_size": N_("Bytes"), "operation_id": N_("Bulk operation")},
)
IMPORT_CREATED = AuditAction(IMPORT, "create", N_("File sent"))
IMPORT_STARTED = AuditAction(IMPORT, "start", N_("Started"))
IMPORT_DISCARDED = AuditAction(IMPORT, "discard", N_("Discarded"))

MANIFEST = DomainManifest(
    name="imports",
    openapi_tags=(
        OpenApiTag(
            "imports",
            "Participants from CSV files and Excel workbooks: send a file, map its columns, look at the preview, mend, run.",
        ),
    ),
    entities=(IMPORT,),
    audit_actions=(IMPORT_CREATED, IMPORT_STARTED, IMPORT_DISCARDED),
)
