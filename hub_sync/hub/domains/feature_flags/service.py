"""Feature flags of a tenant: their states and how to switch them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.feature_flags.errors import FeatureFlagUnknown
from hub_sync.hub.domains.feature_flags.manifest import FEATURE_FLAG, FEATURE_FLAG_SWITCHED
from hub_sync.hub.domains.feature_flags.tables import FeatureFlagDefinition, FeatureFlagState
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.feature_flag import FeatureFlag


def is_on(work: Work, tenant_id: str, flag: FeatureFlag) -> bool:
    """Return the tenant's setting of a flag, or its default."""
    return states(work, tenant_id)[flag]


def states(work: Work, tenant_id: str) -> dict[FeatureFlag, bool]:
    """Return the states of all flags for the tenant."""
    defaults = select(FeatureFlagDefinition.key, FeatureFlagDefinition.enabled_by_default)
    chosen = select(FeatureFlagState.key, FeatureFlagState.enabled).where(
        FeatureFlagState.tenant_id == tenant_id
    )
    enabled_by_key = {
        key: enabled for query in (defaults, chosen) for key, enabled in work.session.execute(query)
    }
    return {flag: enabled_by_key.get(flag.value, False) for flag in registry().flags.values()}


def enabled_flags(work: Work, tenant_id: str) -> frozenset[FeatureFlag]:
    """Return the flags that are on for the tenant. It is one query, since every request calls it."""
    on = work.session.execute(_SWITCHED_ON, {"tenant_id": tenant_id}).scalars()
    return frozenset(_BY_KEY[key] for key in on if key in _BY_KEY)


_BY_KEY = registry().flags
_SWITCHED_ON = (
    select(FeatureFlagDefinition.key)
    .outerjoin(
        FeatureFlagState,
        (FeatureFlagState.key == FeatureFlagDefinition.key)
        & (FeatureFlagState.tenant_id == bindparam("tenant_id")),
    )
    .where(func.coalesce(FeatureFlagState.enabled, FeatureFlagDefinition.enabled_by_default))
)


def enabled_flags_column(tenant_id: ColumnElement[str] | Any) -> ScalarSelect[str | None]:
    """Return the keys of `enabled_flags` as a column of a statement that knows the tenant; see `parse_enabled_flags`."""
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
def parse_enabled_flags(keys: str | None) -> frozenset[FeatureFlag]:
    """Return the flags in a column of `enabled_flags_column`."""
    return frozenset(_BY_KEY[key] for key in (keys or "").split() if key in _BY_KEY)


@dataclass(frozen=True, slots=True)
class FlagState:
    """State of a flag for a tenant, and who switched it last."""

    key: FeatureFlag
    enabled: bool
    enabled_by_default: bool
    switched_at: datetime | None
    switched_by: str | None


Consequence = Callable[[Work, str], str]
"""Return a sentence for the console about what stops if a flag is switched off for a tenant, "" if nothing does."""

_CONSEQUENCES: dict[FeatureFlag, list[Consequence]] = {}


def add_consequence(flag: FeatureFlag, consequence: Consequence) -> None:
    """Add a sentence to what the console says before somebody switches a flag off, for a domain below this one."""
    _CONSEQUENCES.setdefault(flag, []).append(consequence)


def consequences_of(work: Work, tenant_id: str, flag: FeatureFlag) -> list[str]:
    """Return what stops if a flag is switched off, in the language of the page."""
    sentences = (consequence(work, tenant_id) for consequence in _CONSEQUENCES.get(flag, ()))
    return [sentence for sentence in sentences if sentence]


def flag_states(work: Work, tenant_id: str) -> list[FlagState]:
    """Return the states of all flags, in the report's order."""
    query = select(FeatureFlagDefinition.key, FeatureFlagDefinition.enabled_by_default)
    defaults = {key: by_default for key, by_default in work.session.execute(query)}  # noqa: C416 - no pairs to mypy
    on = enabled_flags(work, tenant_id)
    last = audit.latest_of_each(work, tenant_id, FEATURE_FLAG.name)
    return [
        _flag_state(flag, flag in on, defaults.get(flag.value, False), last)
        for flag in registry().flags.values()
    ]


def flag_state(work: Work, tenant_id: str, flag: FeatureFlag) -> FlagState:
    """Return the state of one flag."""
    return next(state for state in flag_states(work, tenant_id) if state.key == flag)


def flag_of(key: str) -> FeatureFlag:
    """Return the flag with a key as people write it: FF_WEBHOOKS or webhooks.

    Raises:
        FeatureFlagUnknown.
    """
    wanted = key.strip().upper().replace("-", "_")
    for flag in registry().flags.values():
        if wanted in (flag, flag.removeprefix("FF_")):
            return flag
    raise FeatureFlagUnknown(flags=list(registry().flags))


def switch(work: Work, tenant_id: str, flag: FeatureFlag, enabled: bool) -> None:
    """Switch a flag for a tenant; do nothing if the same setting is stored already."""
    default = work.session.scalars(
        # Locked, so that two who switch at the same time take turns.
        select(FeatureFlagDefinition).where(FeatureFlagDefinition.key == flag.value).with_for_update()
    ).one()
    chosen = select(FeatureFlagState).where(
        FeatureFlagState.tenant_id == tenant_id, FeatureFlagState.key == flag.value
    )
    state = work.session.scalar(chosen)
    before = {"enabled": default.enabled_by_default, "chosen": False}
    if state is not None:
        if state.enabled is enabled:
            return
        before = {"enabled": state.enabled, "chosen": True}
        state.enabled = enabled
    else:
        work.session.add(
            FeatureFlagState(tenant_id=tenant_id, id=work.new_id(), key=flag.value, enabled=enabled)
        )
    work.session.flush()
    after = {"enabled": enabled, "chosen": True}
    audit.record(work, tenant_id, FEATURE_FLAG_SWITCHED, flag.value, before=before, after=after)


def _flag_state(
    flag: FeatureFlag, on: bool, by_default: bool, last: Mapping[str, audit.AuditLog]
) -> FlagState:
    entry = last.get(flag.value)
    return FlagState(
        flag, on, by_default, entry.created_at if entry else None, entry.actor if entry else None
    )
