"""Active endpoints: the subscriptions that the engine serves, gated by FF_WEBHOOKS, with their breaker and next due time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.circuit_breaker import BreakerState, CircuitBreaker
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.subscriptions.event_types import stored_types_for
from hub_sync.hub.domains.webhooks.subscriptions.secrets import encrypted_secrets_of
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.db.unit_of_work import Work


class TenantKey(NamedTuple):
    """The key of a row: its tenant and its id."""

    tenant_id: str
    id: str


def ids_by_tenant(keys: Iterable[TenantKey]) -> dict[str, list[str]]:
    """Return the ids grouped by tenant."""
    grouped: dict[str, list[str]] = {}
    for key in keys:
        grouped.setdefault(key.tenant_id, []).append(key.id)
    return grouped


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A subscription that is not disabled, of a tenant that has webhooks switched on."""

    key: TenantKey
    url: str
    stored_types: frozenset[str]
    status: WebhookStatus
    breaker: CircuitBreaker
    probing_until: datetime | None
    resting_until: datetime | None
    sealed_secrets: tuple[bytes, ...]
    created_at: datetime
    due_at: datetime | None
    """When its first delivery is due; None: it has none."""

    @property
    def is_healthy(self) -> bool:
        """Return True if the last attempt succeeded."""
        return not self.breaker.consecutive_failures and self.breaker.open_until is None

    def accepts_same_as(self, before: "Endpoint") -> bool:
        """Return True if deliveries that were claimed with the state `before` can be sent unchanged."""
        return (self.status, self.url, self.sealed_secrets) == (
            before.status,
            before.url,
            before.sealed_secrets,
        )

    def is_probed(self, now: datetime) -> bool:
        """Return True if the breaker is half open: one delivery may be sent as a probe."""
        return self.breaker.state(now) is BreakerState.HALF_OPEN

    def open_at(self) -> datetime | None:
        """Return from when on it may be sent to, or None if not before somebody resumes it."""
        if self.status is not WebhookStatus.ACTIVE:
            return None
        limits = (self.breaker.open_until, self.probing_until, self.resting_until)
        return max((limit for limit in limits if limit is not None), default=self.created_at)

    def is_open(self, now: datetime) -> bool:
        """Return True if it may be sent to now."""
        opens = self.open_at()
        return opens is not None and opens <= now

    def next_at(self) -> datetime | None:
        """Return when its next delivery can be sent, or None if that does not depend on time."""
        opens = self.open_at()
        return None if opens is None or self.due_at is None else max(opens, self.due_at)


_S, _D = WebhookSubscription, WebhookDelivery
_FIRST_DUE = (
    select(func.min(_D.due_at))
    .where(_D.tenant_id == _S.tenant_id, _D.subscription_id == _S.id, _D.due_at.is_not(None))
    .correlate(_S)
    .scalar_subquery()
)
_LIVE = select(
    _S.tenant_id,
    _S.id,
    _S.url,
    _S.event_types,
    _S.status,
    _S.consecutive_failures,
    _S.breaker_trips,
    _S.breaker_open_until,
    _S.probing_until,
    _S.resting_until,
    _S.sealed_secret,
    _S.sealed_previous_secret,
    _S.previous_secret_until,
    _S.created_at,
    _FIRST_DUE.label("due_at"),
).where(_S.status != WebhookStatus.DISABLED)


def active_endpoints(work: Work) -> dict[TenantKey, Endpoint]:
    """Return the endpoints of all tenants whose flag is on, by key."""
    rows = work.session.execute(_LIVE).all()
    is_on = {
        tenant_id: FF_WEBHOOKS in feature_flags.enabled_flags(work, tenant_id)
        for tenant_id in {row.tenant_id for row in rows}
    }
    now = work.now()
    endpoints: dict[TenantKey, Endpoint] = {}
    for row in rows:
        if not is_on[row.tenant_id]:
            continue
        key = TenantKey(row.tenant_id, row.id)
        endpoints[key] = Endpoint(
            key=key,
            url=row.url,
            stored_types=stored_types_for(tuple(row.event_types)),
            status=row.status,
            breaker=CircuitBreaker(row.consecutive_failures, row.breaker_trips, row.breaker_open_until),
            probing_until=row.probing_until,
            resting_until=row.resting_until,
            sealed_secrets=encrypted_secrets_of(row, now),
            created_at=row.created_at,
            due_at=row.due_at,
        )
    return endpoints


def by_tenant(endpoints: Mapping[TenantKey, Endpoint]) -> dict[str, Sequence[Endpoint]]:
    """Return the endpoints grouped by tenant."""
    grouped: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints.values():
        grouped.setdefault(endpoint.key.tenant_id, []).append(endpoint)
    return dict(grouped)
