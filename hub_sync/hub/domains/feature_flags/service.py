"""Which parts of the hub a tenant has switched on."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from hub_sync.contract.flags import FeatureFlag
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags.tables import FeatureFlagDefinition, FeatureFlagState
from hub_sync.hub.kit.unit_of_work import Work


def is_on(work: Work, tenant_id: str, flag: FeatureFlag) -> bool:
    """The tenant's setting, else the default."""
    return states(work, tenant_id)[flag]


def states(work: Work, tenant_id: str) -> dict[FeatureFlag, bool]:
    """All flags as they stand for the tenant."""
    defaults = select(FeatureFlagDefinition.key, FeatureFlagDefinition.enabled_by_default)
    chosen = select(FeatureFlagState.key, FeatureFlagState.enabled).where(
        FeatureFlagState.tenant_id == tenant_id
    )
    stands = {key: enabled for query in (defaults, chosen) for key, enabled in work.session.execute(query)}
    return {flag: stands.get(flag.value, False) for flag in FeatureFlag}


def switched_on(work: Work, tenant_id: str) -> frozenset[FeatureFlag]:
    """The flags that are on for the tenant, in one query: it is asked at every call."""
    on = work.session.execute(_SWITCHED_ON, {"tenant_id": tenant_id}).scalars()
    return frozenset(_BY_KEY[key] for key in on if key in _BY_KEY)


_BY_KEY = {flag.value: flag for flag in FeatureFlag}
_SWITCHED_ON = (
    select(FeatureFlagDefinition.key)
    .outerjoin(
        FeatureFlagState,
        (FeatureFlagState.key == FeatureFlagDefinition.key)
        & (FeatureFlagState.tenant_id == bindparam("tenant_id")),
    )
    .where(func.coalesce(FeatureFlagState.enabled, FeatureFlagDefinition.enabled_by_default))
)


def switched_on_in(tenant_id: ColumnElement[str] | Any) -> ScalarSelect[str | None]:
    """As `switched_on`, as a column of another domain's statement that knows the tenant; for `read_switched_on`."""
    return (
        select(func.aggregate_strings(FeatureFlagDefinition.key, " "))
        .outerjoin(
            FeatureFlagState,
            (FeatureFlagState.key == FeatureFlagDefinition.key) & (FeatureFlagState.tenant_id == tenant_id),
        )
        .where(func.coalesce(FeatureFlagState.enabled, FeatureFlagDefinition.enabled_by_default))
        .correlate_except(FeatureFlagDefinition, FeatureFlagState)
        .scalar_subquery()
    )


@lru_cache(maxsize=256)
def read_switched_on(keys: str | None) -> frozenset[FeatureFlag]:
    """The flags that a column of `switched_on_in` names."""
    return frozenset(_BY_KEY[key] for key in (keys or "").split() if key in _BY_KEY)


def switch(work: Work, tenant_id: str, flag: FeatureFlag, enabled: bool) -> None:
    """Switch a flag for a tenant."""
    before = is_on(work, tenant_id, flag)
    chosen = select(FeatureFlagState).where(
        FeatureFlagState.tenant_id == tenant_id, FeatureFlagState.key == flag.value
    )
    state = work.session.scalar(chosen)
    if state is None:
        state = FeatureFlagState(tenant_id=tenant_id, id=work.new_id(), key=flag.value, enabled=enabled)
        work.session.add(state)
    state.enabled = enabled
    audit.record(
        work,
        tenant_id,
        "switch",
        "feature_flag",
        flag.value,
        before={"enabled": before},
        after={"enabled": enabled},
    )
