"""The one guard of event templates: no call that changes something below `/events/{event_id}` reaches a template unless its caller may manage them."""

from sqlalchemy import bindparam, select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.errors import EventTemplateProtected
from hub_sync.hub.domains.events.manifest import EVENT_TEMPLATES_MANAGE
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller

_MOST_REMEMBERED = 10_000
_STATUS = select(Event.status).where(Event.tenant_id == bindparam("t"), Event.id == bindparam("e"))


class TemplateGuard:
    """Remembers which events are templates. That never changes (`EventTemplateStatusFixed`), so nothing becomes outdated."""

    def __init__(self) -> None:
        self._is_template: dict[FeedKey, bool] = {}

    def __call__(self, work: Work, caller: Caller, event_id: str) -> None:
        """Refuse a change of a template by somebody who may not manage templates. An event that is not there is the route's affair.

        Raises:
            EventTemplateProtected: 403.
        """
        if self._knows_template(work, FeedKey(caller.tenant_id, event_id)) and not caller.has_permission(
            EVENT_TEMPLATES_MANAGE
        ):
            raise EventTemplateProtected

    def _knows_template(self, work: Work, key: FeedKey) -> bool:
        known = self._is_template.get(key)
        if known is not None:
            return known
        row = work.fetch_one(_STATUS, {"t": key.tenant_id, "e": key.event_id})
        if row is None:
            return False
        if len(self._is_template) >= _MOST_REMEMBERED:
            self._is_template.clear()
        self._is_template[key] = row.status is EventStatus.TEMPLATE
        return self._is_template[key]
