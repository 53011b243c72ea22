"""The settings of an event's waitlist, and how they are changed."""

from typing import Any

from sqlalchemy import bindparam, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.waitlist.errors import QuotasTooLarge, WaitlistSettingsChanged
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST, SETTINGS_UPDATED
from hub_sync.hub.domains.waitlist.schemas import WaitlistSettingsChanges
from hub_sync.hub.domains.waitlist.tables import WaitlistSettings
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.entries import PartyRule

_S = WaitlistSettings
_IS_ACTIVE = select(_S.is_active).where(_S.tenant_id == bindparam("t"), _S.event_id == bindparam("e"))
_NULLABLE = ("most_entries", "door_minute")


def is_active(work: Work, key: FeedKey) -> bool:
    """Return True if the event keeps a waitlist; cheap where it has none."""
    row = work.fetch_one(_IS_ACTIVE, {"t": key.tenant_id, "e": key.event_id})
    return row is not None and row.is_active and feature_flags.is_on(work, key.tenant_id, FF_WAITLIST)


def find_settings(work: Work, key: FeedKey) -> WaitlistSettings | None:
    """Return the settings of an event as they are now, None if it has none."""
    query = select(_S).where(_S.tenant_id == key.tenant_id, _S.event_id == key.event_id)
    return work.session.scalar(query.execution_options(populate_existing=not work.is_reading))


def read_settings(work: Work, key: FeedKey) -> WaitlistSettings:
    """Return the settings of an event; those of one that has none are the defaults, with version 0.

    Raises:
        EventNotFound: 404.
    """
    events.check_exists(work, *key)
    return find_settings(work, key) or _defaults(key, "")


def update_settings(
    work: Work, key: FeedKey, changes: WaitlistSettingsChanges, if_version: IfVersion = None
) -> WaitlistSettings:
    """Change the settings. Who is promoted by it, such as when a pause ends, is told by the caller (`promotion.promote`).

    Raises:
        EventNotFound: 404.
        WaitlistSettingsChanged: the version is another one (412).
        QuotasTooLarge: the categories have more seats for themselves than the event has (422).
    """
    event = events.read_and_lock_feed(work, key)
    settings = find_settings(work, key)
    check_version(settings.version if settings else 0, if_version, WaitlistSettingsChanged)
    before = {} if settings is None else _snapshot(settings)
    if settings is None:
        settings = _defaults(key, work.new_id())
        work.session.add(settings)
    for name, value in changes.model_dump(exclude_unset=True).items():
        if value is not None or name in _NULLABLE:
            setattr(settings, name, value)
    if event.capacity is not None and sum(settings.quotas.values()) > event.capacity:
        raise QuotasTooLarge(seats=sum(settings.quotas.values()), capacity=event.capacity)
    after = _snapshot(settings)
    if before == after:
        return settings
    settings.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, SETTINGS_UPDATED, key.event_id, before=before, after=after)
    change_feed.advance_for_pull(work.session, *key)
    return settings


def _defaults(key: FeedKey, id_: str) -> WaitlistSettings:
    return WaitlistSettings(
        tenant_id=key.tenant_id,
        id=id_,
        event_id=key.event_id,
        is_active=False,
        is_paused=False,
        is_public=False,
        party_rule=PartyRule.SKIP,
        largest_party=10,
        most_entries=None,
        collect_minutes=360,
        hold_minutes=1440,
        last_offer_minutes=0,
        door_minute=None,
        quotas={},
        version=0,
    )


def _snapshot(settings: WaitlistSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in WaitlistSettingsChanges.model_fields}
