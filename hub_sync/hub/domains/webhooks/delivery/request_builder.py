"""What is sent for a delivery that was taken: its message, where to, and what signs it."""

from hub_sync.hub.domains.webhooks.delivery.endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery
from hub_sync.hub.domains.webhooks.network.sender import WebhookRequest
from hub_sync.hub.domains.webhooks.subscriptions import secrets
from hub_sync.hub.kit.security.encryption import SecretBox


class RequestBuilder:
    """Writes letters. A secret that was opened once is kept in memory: each message needs it."""

    def __init__(self, seal: SecretBox) -> None:
        """`seal` opens the endpoints' secrets."""
        self._seal = seal
        self._opened: dict[tuple[TenantKey, bytes], str] = {}

    def build(self, claimed: ClaimedDelivery) -> WebhookRequest:
        """The letter of a delivery.

        Raises:
            SecretUnusable: another hub's secret sealed the endpoint's.
        """
        endpoint = claimed.endpoint
        return WebhookRequest(
            subscription_id=endpoint.key.id,
            url=endpoint.url,
            message_id=claimed.message_id,
            event_type=claimed.event_type,
            body=claimed.body.encode(),
            secrets=tuple(self._secret(endpoint.key, sealed) for sealed in endpoint.sealed_secrets),
        )

    def _secret(self, key: TenantKey, sealed: bytes) -> str:
        found = self._opened.get((key, sealed))
        if found is None:
            found = self._opened[key, sealed] = secrets.decrypt_secret(self._seal, *key, sealed)
        return found
