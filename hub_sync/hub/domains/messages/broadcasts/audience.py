"""Freeze the audience of a broadcast: one message a person, withheld until it is started, and counts for the preview.

Members are read from one snapshot and stored some hundreds at a time, in transactions of their own, so that gates go
between. A preview that ends halfway has no hash, and is made anew.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.broadcasts.broadcasts import NOT_GOT, S
from hub_sync.hub.domains.messages.broadcasts.errors import BroadcastChanged, BroadcastState
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import ContentReference, OutgoingMessage
from hub_sync.hub.domains.messages.message_templates import composition, recipients, versions
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText
from hub_sync.hub.domains.messages.message_templates.content import SOURCE, AvailableValues
from hub_sync.hub.domains.messages.message_templates.recipients import Occasion
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery, MessageSuppression
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey

WITHHELD = datetime(9000, 1, 1, tzinfo=UTC)
"""When messages of a broadcast that nobody has started are due."""
PART = 500
_D = MessageDelivery


@dataclass(slots=True)
class AudienceCounts:
    """The figures of a preview.

    Attributes:
        by_channel: how many are written to on each channel.
        no_address: how many have no address on any of the channels.
        missing: how many lack a value that the template prints without a default, by variable; they would not get it.
        unusable: how many have a value that can't stand in a subject, or that makes the message too long.
        incomplete: how many would not get it for one of these two reasons alone: who has unsubscribed isn't among them.
    """

    total: int = 0
    by_channel: dict[str, int] = field(default_factory=dict)
    no_address: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    unusable: int = 0
    incomplete: int = 0


def freeze(uow: UnitOfWork, key: FeedKey, broadcast_id: str, actor: str) -> str:
    """Freeze the audience of a draft, in place of one that was frozen before; return the hash.

    Raises:
        BroadcastNotFound: 404. BroadcastState: 409. BroadcastChanged: another preview has begun (412).
        BulkSelectionTooLarge: 422. BadRequest: 400, the query means nothing any more.
    """
    with uow.begin(actor) as work:
        broadcast = broadcasts.get_for_update(work, key, broadcast_id)
        if broadcast.status is not S.DRAFT:
            raise BroadcastState(state=broadcast.status.value)
        broadcast.audience_hash, broadcast.counts = None, {}
        broadcast.version += 1
        version = broadcast.version
    while _forget_some(uow, key, broadcast_id, version):
        pass
    digest, counts = hashlib.sha256(), AudienceCounts()
    with uow.read() as reading:
        broadcast = broadcasts.get(reading, key, broadcast_id)
        maker = _MessageMaker(reading, broadcast, recipients.occasion_of(reading, key))
        for ids in _members(reading, key, broadcast):
            people = participants.find_many(reading, *key, ids)
            messages = [maker.make(people[id_], counts) for id_ in ids if id_ in people]
            counts.incomplete += _count_subscribed(reading, broadcast, maker.take_incomplete())
            reading.session.expunge_all()
            for message in messages:
                line = (
                    f"{message.participant_id}:{message.channel.value}:{message.recipient}:{message.locale}\n"
                )
                digest.update(line.encode())
            with uow.begin(actor) as work:
                _require_version(work, key, broadcast_id, version)
                outbox.enqueue_many(work, messages)
    with uow.begin(actor) as work:
        broadcast = _require_version(work, key, broadcast_id, version)
        broadcast.audience_hash = digest.hexdigest()
        broadcast.counts = {
            "total": counts.total,
            "by_channel": counts.by_channel,
            "no_address": counts.no_address,
            "missing": counts.missing,
            "unusable": counts.unusable,
            "incomplete": counts.incomplete,
            "suppressed": count_suppressed(work, broadcast),
        }
        return broadcast.audience_hash


def count_suppressed(work: Work, broadcast: BroadcastMessage) -> int:
    """Return how many of the audience have unsubscribed from its purpose; it is looked at again before each message."""
    suppression = MessageSuppression
    query = select(func.count()).where(
        _D.tenant_id == broadcast.tenant_id,
        _D.broadcast_id == broadcast.id,
        suppression.tenant_id == _D.tenant_id,
        suppression.channel == _D.channel,
        suppression.address == _D.recipient,
        suppression.purpose == broadcast.purpose,
    )
    return work.session.scalar(query) or 0


class _MessageMaker:
    """Makes the messages of an audience."""

    def __init__(self, work: Work, broadcast: BroadcastMessage, occasion: Occasion) -> None:
        self._broadcast, self._occasion = broadcast, occasion
        self._channels = [MessageChannel(channel) for channel in broadcast.channels]
        self._texts: dict[str, TemplateText] = {}
        self._incomplete: list[OutgoingMessage] = []
        for by_language in broadcast.templates.values():
            for template_id in by_language.values():
                template = versions.get(work, broadcast.tenant_id, template_id)
                self._texts[template_id] = versions.text_of(template, broadcast.defaults)
        self._values = AvailableValues(broadcast.purpose)

    def make(self, person: Participant, counts: AudienceCounts) -> OutgoingMessage:
        """Return the message of somebody, and count them."""
        broadcast = self._broadcast
        language = recipients.language_of(person, broadcast.language)
        channel, address = self._channels[0], ""
        for each in self._channels:
            address = recipients.address_of(person, each)
            if address:
                channel = each
                break
        template_id = versions.choose(broadcast.templates[channel.value], language, broadcast.language) or ""
        counts.total += 1
        if address:
            counts.by_channel[channel.value] = counts.by_channel.get(channel.value, 0) + 1
        else:
            counts.no_address += 1
        message = OutgoingMessage(
            tenant_id=broadcast.tenant_id,
            channel=channel,
            recipient=address,
            purpose=broadcast.purpose,
            dedupe_key=f"broadcast:{broadcast.id}:{person.id}",
            content=ContentReference(SOURCE, {"template_id": template_id}),
            subject=broadcast.title,
            locale=language,
            time_zone=recipients.time_zone_of(person, self._occasion.event),
            event_id=broadcast.event_id,
            participant_id=person.id,
            broadcast_id=broadcast.id,
            not_before=WITHHELD,
        )
        if address and not self._has_values(person, language, self._texts[template_id], counts):
            self._incomplete.append(message)
        return message

    def take_incomplete(self) -> list[OutgoingMessage]:
        """Return the messages since the last call for which a value is missing or unusable."""
        messages, self._incomplete = self._incomplete, []
        return messages

    def _has_values(
        self, person: Participant, language: str, text: TemplateText, counts: AudienceCounts
    ) -> bool:
        speech = recipients.speech_for(language)
        values = recipients.values_of(self._occasion, person, speech)
        try:
            missing = composition.find_missing(text, self._values.with_links(values, person))
        except HubError:
            counts.unusable += 1
            return False
        for name in missing:
            counts.missing[name] = counts.missing.get(name, 0) + 1
        return not missing


def _count_subscribed(work: Work, broadcast: BroadcastMessage, messages: Sequence[OutgoingMessage]) -> int:
    """Return how many of the messages go to somebody who has not unsubscribed from the broadcast's purpose."""
    if not messages:
        return 0
    row = MessageSuppression
    query = select(row.channel, row.address).where(
        row.tenant_id == broadcast.tenant_id,
        row.purpose == broadcast.purpose,
        row.address.in_([message.recipient for message in messages]),
    )
    unsubscribed = {(channel, address) for channel, address in work.session.execute(query)}
    return sum((message.channel, message.recipient) not in unsubscribed for message in messages)


def _members(work: Work, key: FeedKey, broadcast: BroadcastMessage) -> Iterator[Sequence[str]]:
    if broadcast.origin_id:
        yield from _without_message(work, broadcast)
        return
    selection = bulk.Selection.model_validate(broadcast.audience)
    yield from bulk.selected_ids(work, key, selection)


def _without_message(work: Work, broadcast: BroadcastMessage) -> Iterator[Sequence[str]]:
    """Yield those who did not get the broadcast that this one is sent again of."""
    statuses = [MessageStatus(each) for each in broadcast.audience.get("statuses", NOT_GOT)]
    query = (
        select(_D.participant_id)
        .where(
            _D.tenant_id == broadcast.tenant_id,
            _D.broadcast_id == broadcast.origin_id,
            _D.status.in_(statuses),
            _D.participant_id.is_not(None),
        )
        .order_by(_D.participant_id)
    )
    for part in work.session.scalars(query).partitions(PART):
        yield [id_ for id_ in part if id_]


def _forget_some(uow: UnitOfWork, key: FeedKey, broadcast_id: str, version: int) -> int:
    """Delete some messages of an earlier preview; return how many."""
    with uow.begin() as work:
        _require_version(work, key, broadcast_id, version)
        ids = work.session.scalars(
            select(_D.id).where(_D.tenant_id == key.tenant_id, _D.broadcast_id == broadcast_id).limit(PART)
        ).all()
        if ids:
            work.session.execute(delete(_D).where(_D.tenant_id == key.tenant_id, _D.id.in_(ids)))
        return len(ids)


def _require_version(work: Work, key: FeedKey, broadcast_id: str, version: int) -> BroadcastMessage:
    broadcast = broadcasts.get_for_update(work, key, broadcast_id)
    if broadcast.version != version or broadcast.status is not S.DRAFT:
        raise BroadcastChanged
    return broadcast
