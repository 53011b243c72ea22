"""Automatic messages over REST."""

from fastapi.responses import Response

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.automatic.errors import (
    AutomaticRuleChanged,
    AutomaticTriggerUnknown,
    ReminderTimeMissing,
)
from hub_sync.hub.domains.messages.automatic.schemas import (
    AutomaticRuleChanges,
    AutomaticRuleResponse,
    AutomaticRulesResponse,
    AutomaticTest,
    AutomaticTestResponse,
)
from hub_sync.hub.domains.messages.broadcasts.errors import BroadcastTemplateMissing
from hub_sync.hub.domains.messages.errors import RecipientInvalid
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(
    prefix="/events/{event_id}/automatic-messages", tags=["automatic-messages"], flag=FF_COMMUNICATION_HUB
)

_MISSING = (EventNotFound, AutomaticTriggerUnknown)


@router.get("", permissions=COMMUNICATION_BROADCAST, schema=AutomaticRulesResponse, errors=(EventNotFound,))
def list_automatic_messages(call: Call, event_id: Id) -> Response:
    """List the automatic messages of an event, one for each occasion; all are switched off at first."""
    key = FeedKey(call.tenant_id, event_id)
    listed = [AutomaticRuleResponse.model_validate(rule) for rule in rules.rules_of(call.work, key)]
    return call.ok(AutomaticRulesResponse(rules=listed))


@router.get("/{trigger}", permissions=COMMUNICATION_BROADCAST, schema=AutomaticRuleResponse, errors=_MISSING)
def get_automatic_message(call: Call, event_id: Id, trigger: Id) -> Response:
    """Return the automatic message of an occasion. A change takes its ETag as `If-Match`."""
    rule = rules.get(call.work, FeedKey(call.tenant_id, event_id), trigger)
    return call.ok(AutomaticRuleResponse.model_validate(rule), version=rule.version)


@router.put(
    "/{trigger}",
    permissions=COMMUNICATION_BROADCAST,
    schema=AutomaticRuleResponse,
    errors=(*_MISSING, AutomaticRuleChanged, BroadcastTemplateMissing, ReminderTimeMissing),
)
def update_automatic_message(
    call: Call, event_id: Id, trigger: Id, changes: AutomaticRuleChanges
) -> Response:
    """Change the members of the body; the others stay. What happened before it was switched on is not answered. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        rule = rules.update(work, FeedKey(call.tenant_id, event_id), trigger, changes, version)
        return call.ok(AutomaticRuleResponse.model_validate(rule), version=rule.version)


@router.post(
    "/{trigger}/test",
    permissions=COMMUNICATION_BROADCAST,
    also=PARTICIPANTS_READ,
    schema=AutomaticTestResponse,
    errors=(
        *_MISSING,
        ParticipantNotFound,
        BroadcastTemplateMissing,
        ReminderTimeMissing,
        RecipientInvalid,
    ),
)
def test_automatic_message(call: Call, event_id: Id, trigger: Id, test: AutomaticTest) -> Response:
    """Send what a participant would get to another address, whether it is switched on or not. Its ticket is a sample."""
    with call.begin() as work:
        id_ = rules.send_test(work, FeedKey(call.tenant_id, event_id), trigger, test)
        return call.ok(AutomaticTestResponse(message_id=id_))
