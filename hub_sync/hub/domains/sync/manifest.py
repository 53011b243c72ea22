"""The manifest of sync: how stations push scans and pull the state of their event."""

from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag

MANIFEST = DomainManifest(
    name="sync",
    openapi_tags=(
        OpenApiTag("sync", "What stations speak among themselves and the hub.", title="For stations only"),
    ),
)
