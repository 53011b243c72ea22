"""Manifest of queues. Only the tables are built."""

from hub_sync.hub.kit.domain.manifest import DomainManifest

MANIFEST = DomainManifest(name="queue")
