"""The console's page of automatic messages: switched on and off for each occasion, and tried out."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import LANGUAGES, error_message
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.automatic import rules
from hub_sync.hub.domains.messages.automatic.errors import (
    AutomaticRuleChanged,
    AutomaticTriggerUnknown,
    ReminderTimeMissing,
)
from hub_sync.hub.domains.messages.automatic.schemas import MOST_MINUTES, AutomaticRuleChanges, AutomaticTest
from hub_sync.hub.domains.messages.broadcasts.errors import BroadcastTemplateMissing
from hub_sync.hub.domains.messages.errors import RecipientInvalid
from hub_sync.hub.domains.messages.manifest import CHANNELS, COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.schemas import LanguageCode
from hub_sync.hub.domains.messages.pages import labels
from hub_sync.hub.domains.messages.pages.labels import MAIL_CHANNELS
from hub_sync.hub.domains.messages.tables import AutomaticRule
from hub_sync.hub.domains.messages.triggers import REMINDER, TRIGGERS, WAITLIST_OFFER
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Email, Id, ShortText

HERE = "/events/{event_id}/automatic-messages"
_ONE = f"{HERE}/{{trigger}}"
_ACCESS: dict[str, Any] = {
    "permissions": COMMUNICATION_BROADCAST,
    "also": PARTICIPANTS_READ,
    "flag": FF_COMMUNICATION_HUB,
}
_MINUTES_AN_HOUR = 60

router = PageRouter()


class RuleForm(BaseModel):
    """The fields of one automatic message."""

    is_active: bool = False
    template_name: ShortText
    channels: list[MessageChannel] = Field(min_length=1)
    language: LanguageCode = "en"
    hours_before: int | None = Field(default=None, ge=1, le=MOST_MINUTES // _MINUTES_AN_HOUR)
    version: int | None = None

    def changes(self) -> AutomaticRuleChanges:
        """Return the form as changes of a rule."""
        values: dict[str, Any] = {
            "is_active": self.is_active,
            "template_name": self.template_name,
            "channels": tuple(self.channels),
            "language": self.language,
        }
        if self.hours_before is not None:
            values["minutes_before"] = self.hours_before * _MINUTES_AN_HOUR
        return AutomaticRuleChanges(**values)


class TestForm(BaseModel):
    """The participant and the address of a test message."""

    person_id: Id
    recipient: Email


@router.get(HERE, **_ACCESS)
def show_rules(page: PageCall, event_id: Id) -> Response:
    """Show the automatic messages of the event."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    return page.render(
        "messages/automatic.html",
        event=event,
        triggers=TRIGGERS,
        cases=[(TRIGGERS[rule.trigger], rule) for rule in rules.rules_of(page.work, key)],
        words=labels,
        channels=CHANNELS,
        is_silent=waitlist.is_active(page.work, key)
        and rules.find_active(page.work, key, WAITLIST_OFFER) is None,
    )


@router.get(_ONE, **_ACCESS)
def edit_rule(page: PageCall, event_id: Id, trigger: Id) -> Response:
    """Show the form of an automatic message, and its test run."""
    key = FeedKey(page.tenant_id, event_id)
    event = events.get(page.work, page.tenant_id, event_id)
    rule = rules.get(page.work, key, trigger)
    names = versions.names_for(page.work, page.tenant_id, event_id)
    return page.render(
        "messages/automatic_rule.html",
        event=event,
        rule=rule,
        trigger=TRIGGERS[trigger],
        values=_form_values(rule),
        is_reminder=trigger == REMINDER,
        templates=[(name, labels.template_label(name)) for name in names],
        channels=[(each.value, _(CHANNELS[each]), "") for each in MAIL_CHANNELS],
        language_options=list(LANGUAGES.items()),
        people=_people(page, key),
    )


@router.post(
    _ONE,
    on_error=edit_rule,
    beside={
        BroadcastTemplateMissing: "template_name",
        ReminderTimeMissing: "hours_before",
        AutomaticRuleChanged: "",
    },
    **_ACCESS,
)
def save_rule(page: PageCall, event_id: Id, trigger: Id) -> Response:
    """Save an automatic message."""
    form = page.parse(RuleForm)
    with page.begin() as work:
        key = FeedKey(page.tenant_id, event_id)
        rule = rules.update(work, key, trigger, form.changes(), form.version)
        sentence = (
            _("It is switched on. What happened before is not answered.")
            if rule.is_active
            else _("It is switched off.")
        )
    return page.redirect(f"/events/{event_id}/automatic-messages", say=sentence)


@router.post(f"{_ONE}/test", on_error=edit_rule, beside={RecipientInvalid: "recipient"}, **_ACCESS)
def send_test(page: PageCall, event_id: Id, trigger: Id) -> Response:
    """Send a test message."""
    form = page.parse(TestForm)
    path = f"/events/{event_id}/automatic-messages/{trigger}"
    try:
        with page.begin() as work:
            test = AutomaticTest(participant_id=form.person_id, recipient=form.recipient)
            rules.send_test(work, FeedKey(page.tenant_id, event_id), trigger, test)
    except (BroadcastTemplateMissing, ReminderTimeMissing, AutomaticTriggerUnknown) as error:
        return page.redirect(path, say=error_message(error), tone="bad")
    return page.redirect(path, say=_("The test message is on its way. Its ticket is a sample."))


def _form_values(rule: AutomaticRule) -> dict[str, Any]:
    return {
        "is_active": rule.is_active,
        "template_name": rule.template_name,
        "channels": list(rule.channels),
        "language": rule.language,
        "hours_before": (rule.minutes_before or 0) // _MINUTES_AN_HOUR or "",
        "version": rule.version,
    }


def _people(page: Page, key: FeedKey) -> list[tuple[str, str]]:
    query = participants.of_event(*key).order_by(participants.Participant.id.desc()).limit(20)
    return [(each.id, isolated(participants.display_name(each))) for each in page.work.session.scalars(query)]
