"""What the domain of queues declares: nothing yet but its tables; it is not built."""

from hub_sync.hub.kit.domain.manifest import DomainManifest

MANIFEST = DomainManifest(name="queue")
