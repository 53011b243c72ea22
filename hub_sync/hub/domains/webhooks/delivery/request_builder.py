"""Build the HTTP request of a claimed delivery: its message, the URL and the secrets that sign it."""

from hub_sync.hub.domains.webhooks.delivery.active_endpoints import TenantKey
from hub_sync.hub.domains.webhooks.delivery.leases import ClaimedDelivery
from hub_sync.hub.domains.webhooks.network.sender import WebhookRequest
from hub_sync.hub.domains.webhooks.subscriptions import secrets
from hub_sync.hub.kit.security.encryption import SecretBox


class RequestBuilder:
    """Builds requests. Decrypted secrets stay in memory, because every message needs them."""

    def __init__(self, secret_box: SecretBox) -> None:
        """Create a builder; `secret_box` decrypts the endpoints' secrets."""
        self._secret_box = secret_box
        self._decrypted: dict[tuple[TenantKey, bytes], str] = {}

    def build(self, claimed: ClaimedDelivery) -> WebhookRequest:
        """Return the request of a delivery.

        Raises:
            SecretUnusable: the endpoint's secret was encrypted with another hub's secret.
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
        secret = self._decrypted.get((key, sealed))
        if secret is None:
            secret = self._decrypted[key, sealed] = secrets.decrypt_secret(self._secret_box, *key, sealed)
        return secret
