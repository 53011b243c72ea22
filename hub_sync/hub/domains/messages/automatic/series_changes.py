"""Changes of editions with a scope: whoever is registered for editions that change is written to, once for all of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import EventStatus, MessageChannel, MessagePurpose
from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import DEFAULT, speaking
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import recipients
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import SEATED, Participant
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.service import EditionsChanged, NoticedChange
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.listeners import Listener, Received


@dataclass(frozen=True, slots=True)
class _Concerned:
    """An edition that somebody is registered for, as it is now and as it was."""

    event: Event
    person: Participant
    change: NoticedChange


def _changed(work: Work, received: Received[EditionsChanged]) -> None:
    """Write one mail to each address, whatever the number of its registrations; the key of it lets none be written twice."""
    changed = received.event
    if not changed.notifies or not feature_flags.is_on(work, received.tenant_id, FF_COMMUNICATION_HUB):
        return
    by_address: dict[str, list[_Concerned]] = defaultdict(list)
    for change in series.noticed_changes(work, received.tenant_id, changed.series_id, changed.entity_id):
        try:
            event = events.get(work, received.tenant_id, change.event_id)
        except EventNotFound:
            continue
        for person in participants.all_of(work, received.tenant_id, change.event_id):
            if person.email and person.status in SEATED:
                by_address[person.email.lower()].append(_Concerned(event, person, change))
    outbox.enqueue_many(
        work,
        [
            _message(received.tenant_id, changed.entity_id, address, concerned)
            for address, concerned in by_address.items()
        ],
    )


def _message(
    tenant_id: str, operation_id: str, address: str, concerned: Sequence[_Concerned]
) -> OutgoingMessage:
    first = concerned[0]
    language = recipients.language_of(first.person, DEFAULT)
    with speaking(recipients.speech_for(language)):
        content = _content(concerned)
    return OutgoingMessage(
        tenant_id=tenant_id,
        channel=MessageChannel.EMAIL,
        recipient=address,
        purpose=MessagePurpose.TRANSACTIONAL,
        dedupe_key=f"series-change:{operation_id}:{address}",
        content=content,
        locale=language,
        time_zone=recipients.time_zone_of(first.person, first.event),
        event_id=first.event.id,
        participant_id=first.person.id,
    )


def _content(concerned: Sequence[_Concerned]) -> RenderedMessage:
    """Return the mail in the language that is spoken now."""
    name = participants.display_name(concerned[0].person)
    lines = dict.fromkeys(_sentence(each) for each in concerned)
    hello = _("Hello %(name)s,") % {"name": name}
    what = _("What you are registered for has changed:")
    subject = _("Changed: %(name)s") % {"name": concerned[0].event.name}
    text = f"{hello}\n\n{what}\n\n" + "\n\n".join(lines) + "\n"
    return RenderedMessage(" ".join(subject.split()), text)


def _sentence(each: _Concerned) -> str:
    event, change = each.event, each.change
    values = {
        "name": isolated(event.name),
        "before": formats.moment(change.starts_at, change.time_zone),
        "starts": formats.moment(event.starts_at, event.time_zone),
        "ends": formats.moment(event.ends_at, event.time_zone),
    }
    if event.status is EventStatus.CANCELLED:
        return _("%(name)s on %(before)s is called off.") % values
    return _("%(name)s: from %(starts)s to %(ends)s. Before, it started on %(before)s.") % values


LISTENERS = (Listener(EditionsChanged, _changed),)
