"""Notices for the waitlist (`waitlist.notices`): has the message of an offer gone out, and is there one at all?"""

from collections.abc import Sequence

from sqlalchemy import and_, case, exists, or_, select

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.delivery.compose import PROMOTION
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.tables import AutomaticRule, MessageDelivery, MessageSender
from hub_sync.hub.domains.messages.triggers import WAITLIST_OFFER
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_D, _A = MessageDelivery, MessageSender
_WORKING_ACCOUNT = exists().where(
    _A.tenant_id == _D.tenant_id,
    _A.channel == _D.channel,
    _A.is_enabled,
    _A.problem.is_(None),
    case((_D.sender_id.is_(None), _A.is_default), else_=_A.id == _D.sender_id),
)
_WAITS_FOR_US = or_(
    _D.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING)),
    and_(_D.status == MessageStatus.DEFERRED, ~_WORKING_ACCOUNT),
)
"""Not begun, whatever the reason is; or deferred, and the account has failed since. A server that defers one recipient is theirs."""


class MessageNotices:
    """The automatic messages about offers."""

    def waiting(self, work: Work, key: FeedKey, promotion_ids: Sequence[str]) -> set[str]:
        """Return the offers whose message waits for an account, a limit or the hub itself."""
        wanted = set(promotion_ids)
        if not wanted or not feature_flags.is_on(work, key.tenant_id, FF_COMMUNICATION_HUB):
            return set()
        waiting = (
            select(_D.content)
            .join(
                AutomaticRule,
                and_(AutomaticRule.tenant_id == _D.tenant_id, AutomaticRule.id == _D.automatic_rule_id),
            )
            .where(
                _D.tenant_id == key.tenant_id,
                AutomaticRule.event_id == key.event_id,
                AutomaticRule.trigger == WAITLIST_OFFER,
                _WAITS_FOR_US,
            )
        )
        return wanted & {content.get(PROMOTION) for content in work.session.scalars(waiting)}

    def are_sent(self, work: Work, key: FeedKey) -> bool:
        """Return True if the automatic message about offers is switched on."""
        return rules.find_active(work, key, WAITLIST_OFFER) is not None


NOTICES = MessageNotices()
