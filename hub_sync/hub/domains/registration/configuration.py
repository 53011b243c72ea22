"""The settings of an event's registration page, and how they are changed."""

from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.registration.errors import (
    RegistrationPageUnknown,
    RegistrationSettingsChanged,
    RegistrationWindowReversed,
)
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE, PAGE_UPDATED
from hub_sync.hub.domains.registration.schemas import RegistrationSettingsChanges
from hub_sync.hub.domains.registration.tables import RegistrationSettings
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_S = RegistrationSettings
_NULLABLE = ("opens_at", "closes_at")
_AUDITED = (*RegistrationSettingsChanges.model_fields, "consent_version")


def find_settings(work: Work, key: FeedKey) -> RegistrationSettings | None:
    """Return the settings of an event as they are now, None if it has none."""
    query = select(_S).where(_S.tenant_id == key.tenant_id, _S.event_id == key.event_id)
    return work.session.scalar(query.execution_options(populate_existing=not work.is_reading))


def read_settings(work: Work, key: FeedKey) -> RegistrationSettings:
    """Return the settings of an event; those of one that has none are the defaults, with version 0.

    Raises:
        EventNotFound: 404.
    """
    events.check_exists(work, *key)
    return find_settings(work, key) or _defaults(key, "")


def find_page(work: Work, event_id: str) -> FeedKey:
    """Return the event whose registration page has this address.

    Raises:
        RegistrationPageUnknown: the event has none, it is not switched on, or the event is a template (404).
    """
    query = select(_S.tenant_id, _S.event_id).where(_S.event_id == event_id, _S.is_active)
    for row in work.session.execute(query):
        key = FeedKey(row.tenant_id, row.event_id)
        if feature_flags.is_on(work, row.tenant_id, FF_REGISTRATION_PAGE) and not events.is_template(
            work, key
        ):
            return key
    raise RegistrationPageUnknown


def update_settings(
    work: Work, key: FeedKey, changes: RegistrationSettingsChanges, if_version: IfVersion = None
) -> RegistrationSettings:
    """Change the settings. A new text of the consent gets the next version.

    Raises:
        EventNotFound: 404.
        RegistrationSettingsChanged: the version is another one (412).
        RegistrationWindowReversed: the page would close before it opens (422).
    """
    events.read_and_lock_feed(work, key)
    settings = find_settings(work, key)
    check_version(settings.version if settings else 0, if_version, RegistrationSettingsChanged)
    before = {} if settings is None else _audited(settings)
    if settings is None:
        settings = _defaults(key, work.new_id())
        work.session.add(settings)
    consent_text = settings.consent_text
    for name, value in changes.model_dump(exclude_unset=True).items():
        if value is not None or name in _NULLABLE:
            setattr(settings, name, value)
    if settings.opens_at and settings.closes_at and settings.closes_at <= settings.opens_at:
        raise RegistrationWindowReversed
    if settings.consent_text and settings.consent_text != consent_text:
        settings.consent_version += 1
    after = _audited(settings)
    if before == after:
        return settings
    settings.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, PAGE_UPDATED, key.event_id, before=before, after=after)
    return settings


def _defaults(key: FeedKey, id_: str) -> RegistrationSettings:
    return RegistrationSettings(
        tenant_id=key.tenant_id,
        id=id_,
        event_id=key.event_id,
        is_active=False,
        opens_at=None,
        closes_at=None,
        approves=False,
        confirms_email=False,
        needs_phone=False,
        largest_party=1,
        categories={},
        intro="",
        consent_text="",
        consent_version=0,
        marketing_text="",
        version=0,
    )


def _audited(settings: RegistrationSettings) -> dict[str, Any]:
    values = snapshot(settings)
    return {name: values[name] for name in ("event_id", *_AUDITED)}
