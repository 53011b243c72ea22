"""The rules of automatic messages: switched on and off for each event, and tried out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.automatic.errors import (
    AutomaticRuleChanged,
    AutomaticTriggerUnknown,
    ReminderTimeMissing,
)
from hub_sync.hub.domains.messages.automatic.schemas import AutomaticRuleChanges, AutomaticTest
from hub_sync.hub.domains.messages.broadcasts.errors import BroadcastTemplateMissing
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import ContentReference, OutgoingMessage
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB, RULE_TESTED, RULE_UPDATED
from hub_sync.hub.domains.messages.message_templates import recipients, versions
from hub_sync.hub.domains.messages.message_templates.content import SOURCE
from hub_sync.hub.domains.messages.message_templates.previews import example_links
from hub_sync.hub.domains.messages.tables import AutomaticRule
from hub_sync.hub.domains.messages.triggers import REMINDER, TRIGGERS
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MINUTES_A_DAY = 24 * 60


def rules_of(work: Work, key: FeedKey) -> list[AutomaticRule]:
    """Return a rule for each occasion; those that nobody has changed are not stored and switched off.

    Raises:
        EventNotFound: 404.
    """
    events.check_exists(work, *key)
    query = select(AutomaticRule).where(
        AutomaticRule.tenant_id == key.tenant_id, AutomaticRule.event_id == key.event_id
    )
    stored = {rule.trigger: rule for rule in work.session.scalars(query)}
    return [stored.get(name) or _usual(key, name) for name in TRIGGERS]


def get(work: Work, key: FeedKey, trigger: str) -> AutomaticRule:
    """Return the rule of an occasion.

    Raises:
        EventNotFound, AutomaticTriggerUnknown: 404.
    """
    _require_trigger(trigger)
    return next(rule for rule in rules_of(work, key) if rule.trigger == trigger)


def update(
    work: Work, key: FeedKey, trigger: str, changes: AutomaticRuleChanges, if_version: IfVersion = None
) -> AutomaticRule:
    """Change the members of a rule that `changes` names.

    Raises:
        EventNotFound, AutomaticTriggerUnknown: 404. AutomaticRuleChanged: 412.
        BroadcastTemplateMissing, ReminderTimeMissing: 422.
    """
    _require_trigger(trigger)
    events.read_and_lock_feed(work, key)
    rule = get(work, key, trigger)
    check_version(rule.version, if_version, AutomaticRuleChanged)
    was_active, before = rule.is_active, snapshot(rule)
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(rule, name, [channel.value for channel in value] if name == "channels" else value)
    _check(work, key, rule)
    if rule.is_active and not was_active:
        rule.active_since = work.now()
    rule.version += 1
    if not rule.id:
        rule.id = work.new_id()
        work.session.add(rule)
    work.session.flush()
    audit.record(work, key.tenant_id, RULE_UPDATED, rule.id, before=before, after=snapshot(rule))
    return rule


def find_active(work: Work, key: FeedKey, trigger: str) -> AutomaticRule | None:
    """Return the rule of an occasion if it is switched on, and the tenant uses messages."""
    rule = work.session.scalar(
        select(AutomaticRule).where(
            AutomaticRule.tenant_id == key.tenant_id,
            AutomaticRule.event_id == key.event_id,
            AutomaticRule.trigger == trigger,
            AutomaticRule.is_active,
        )
    )
    if rule is None or not feature_flags.is_on(work, key.tenant_id, FF_COMMUNICATION_HUB):
        return None
    return rule


def message_for(
    work: Work,
    rule: AutomaticRule,
    person: Participant,
    occasion_id: str,
    *,
    data: Mapping[str, Any] | None = None,
    **more: Any,
) -> OutgoingMessage:
    """Return the message of a rule to somebody.

    Args:
        work: a writing one: a shipped template is stored with its first use.
        rule: the rule.
        person: the recipient; one without an address has a message that failed, so that somebody sees it.
        occasion_id: the same for the same occasion, which is answered once.
        data: more of what the content is made of.
        more: further members of the message.
    """
    channel, address, template_id, language = _address(work, rule, person)
    event = events.get(work, rule.tenant_id, rule.event_id)
    values: dict[str, Any] = {
        "tenant_id": rule.tenant_id,
        "channel": channel,
        "recipient": address,
        "purpose": MessagePurpose.TRANSACTIONAL,
        "dedupe_key": f"rule:{rule.id}:{occasion_id}",
        "content": ContentReference(SOURCE, {"template_id": template_id, **(data or {})}),
        "subject": event.name,
        "locale": language,
        "time_zone": recipients.time_zone_of(person, event),
        "event_id": rule.event_id,
        "participant_id": person.id,
        "automatic_rule_id": rule.id or None,
    }
    return OutgoingMessage(**(values | more))


def is_for_nobody(message: OutgoingMessage, person: Participant) -> bool:
    """Return True for somebody without an address who belongs to a group: whoever registered them is written to."""
    return not message.recipient and bool(person.group_ref)


def record_ticket(work: Work, message: OutgoingMessage) -> None:
    """Record that tickets are issued, if the message brings one: whoever has them is admitted, and so is the rest of a party."""
    reference = message.content
    if not isinstance(reference, ContentReference) or message.event_id is None:
        return
    template = versions.get(work, message.tenant_id, reference.data["template_id"])
    if not versions.brings_ticket(template):
        return
    key = FeedKey(message.tenant_id, message.event_id)
    person = participants.get(work, *key, message.participant_id or "")
    for each in registration.party_of(work, key, person):
        tickets.record_issued(work, *key, each.id, "message")


def send_test(work: Work, key: FeedKey, trigger: str, test: AutomaticTest) -> str:
    """Send what a participant would get to another address; return the id of the message.

    Raises:
        EventNotFound, AutomaticTriggerUnknown, ParticipantNotFound: 404. BroadcastTemplateMissing, RecipientInvalid: 422.
    """
    rule = get(work, key, trigger)
    _check(work, key, rule)
    person = participants.get(work, *key, test.participant_id)
    data = {"values": dict(example_links(rule.template_name)), "is_sample": True}
    message = message_for(
        work,
        rule,
        person,
        f"test:{work.new_id()}",
        data=data,
        channel=MessageChannel.EMAIL,
        recipient=test.recipient,
        participant_id=person.id,
    )
    audit.record(
        work,
        key.tenant_id,
        RULE_TESTED,
        rule.id or trigger,
        after={"event_id": key.event_id, "trigger": trigger},
    )
    return outbox.enqueue(work, message)


def _address(work: Work, rule: AutomaticRule, person: Participant) -> tuple[MessageChannel, str, str, str]:
    """Return channel, address, template version and language for somebody."""
    language = recipients.language_of(person, rule.language)
    channels: Sequence[MessageChannel] = [MessageChannel(each) for each in rule.channels]
    resolved = versions.resolve(work, rule.tenant_id, rule.event_id, rule.template_name, channels)
    usable = [channel for channel in channels if resolved[channel.value]] or channels[:1]
    channel = next((each for each in usable if recipients.address_of(person, each)), usable[0])
    template_id = versions.choose(resolved[channel.value], language, rule.language)
    if template_id is None:
        raise BroadcastTemplateMissing(name=rule.template_name, channel=channel.value)
    return channel, recipients.address_of(person, channel), template_id, language


def _check(work: Work, key: FeedKey, rule: AutomaticRule) -> None:
    channels = [MessageChannel(each) for each in rule.channels]
    resolved = versions.resolve(work, *key, rule.template_name, channels)
    for channel in channels:
        if not resolved[channel.value]:
            raise BroadcastTemplateMissing(name=rule.template_name, channel=channel.value)
    if rule.trigger == REMINDER and rule.minutes_before is None:
        raise ReminderTimeMissing


def _usual(key: FeedKey, trigger: str) -> AutomaticRule:
    return AutomaticRule(
        tenant_id=key.tenant_id,
        id="",
        event_id=key.event_id,
        trigger=trigger,
        template_name=TRIGGERS[trigger].template_name,
        channels=[MessageChannel.EMAIL.value],
        language="en",
        is_active=False,
        minutes_before=MINUTES_A_DAY if trigger == REMINDER else None,
        version=0,
    )


def _require_trigger(trigger: str) -> None:
    if trigger not in TRIGGERS:
        raise AutomaticTriggerUnknown
