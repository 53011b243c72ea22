"""The console's pages of broadcasts: write, preview, send, and the ledger."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus, ParticipantStatus
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.translation import LANGUAGES, error_message
from hub_sync.hub.console.local_times import LocalTime, as_local, repeated_hour_note, to_instant
from hub_sync.hub.console.security.headers import CSP, secured
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkSelectionInvalid
from hub_sync.hub.domains.bulk.form_selection import read_selection
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages.broadcasts import audience, broadcasts, ledger
from hub_sync.hub.domains.messages.broadcasts.broadcasts import ENDED, NOT_GOT, OPEN, S
from hub_sync.hub.domains.messages.broadcasts.errors import (
    BroadcastChanged,
    BroadcastInThePast,
    BroadcastNobody,
    BroadcastNotPreviewed,
    BroadcastState,
    BroadcastTemplateMissing,
    BroadcastTimesInvalid,
)
from hub_sync.hub.domains.messages.broadcasts.lists import BROADCASTS, LEDGER, LEDGER_EXPORT
from hub_sync.hub.domains.messages.broadcasts.obstacles import obstacles_of
from hub_sync.hub.domains.messages.broadcasts.schemas import (
    BroadcastChanges,
    BroadcastResend,
    BroadcastStart,
    NewBroadcast,
)
from hub_sync.hub.domains.messages.manifest import (
    BROADCAST_EXPORTED,
    CHANNELS,
    COMMUNICATION_BROADCAST,
    FF_COMMUNICATION_HUB,
    PURPOSES,
)
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.errors import HeaderUnsafe, TemplateVariableUnknown
from hub_sync.hub.domains.messages.message_templates.previews import preview_of
from hub_sync.hub.domains.messages.message_templates.schemas import LanguageCode
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES
from hub_sync.hub.domains.messages.pages import labels
from hub_sync.hub.domains.messages.pages.bulletins import show_bulletin
from hub_sync.hub.domains.messages.pages.labels import MAIL_CHANNELS
from hub_sync.hub.domains.messages.pages.mail_views import preview_document, problem_document
from hub_sync.hub.domains.messages.pages.templates import sent_defaults
from hub_sync.hub.domains.messages.senders.problems import SENTENCES
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, STATUSES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.export_slots import ExportSlot
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id, ShortText, SingleLineText

HERE = "/events/{event_id}/broadcasts"
_PATH = f"{HERE}/{{broadcast_id}}"
_ACCESS: dict[str, Any] = {
    "permissions": COMMUNICATION_BROADCAST,
    "also": PARTICIPANTS_READ,
    "flag": FF_COMMUNICATION_HUB,
}
_BESIDE: dict[Any, Any] = {
    BroadcastTemplateMissing: "template_name",
    BroadcastTimesInvalid: "latest_at",
    BroadcastInThePast: "scheduled_at",
    TemplateVariableUnknown: "",
    HeaderUnsafe: "",
}
_SAID = (BroadcastState, BroadcastChanged, BroadcastNotPreviewed, BroadcastNobody)
"""What can't be done in this state is said on the broadcast's page."""
_LedgerQuery = Annotated[ListQuery, Depends(LEDGER.parse_console_query)]
_ExportQuery = Annotated[ListQuery, Depends(LEDGER_EXPORT.parse_console_query)]

router = PageRouter()


class BroadcastForm(BaseModel):
    """A new broadcast."""

    title: SingleLineText
    template_name: ShortText
    channels: list[MessageChannel] = Field(min_length=1)
    purpose: MessagePurpose = MessagePurpose.EVENT_NEWS
    language: LanguageCode = "en"
    status: ParticipantStatus | str = ""

    def new_broadcast(self, selection: bulk.Selection) -> NewBroadcast:
        """Return the form as a request."""
        return NewBroadcast(
            title=self.title,
            template_name=self.template_name,
            channels=tuple(self.channels),
            purpose=self.purpose,
            language=self.language,
            audience=selection,
        )


class StartForm(BaseModel):
    """The time at which a broadcast is sent."""

    audience_hash: str = ""
    when: str = "now"
    scheduled_at: LocalTime | None = None
    latest_at: LocalTime | None = None


@router.get(HERE, **_ACCESS)
def list_broadcasts(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(BROADCASTS.parse_console_query)]
) -> Response:
    """List the broadcasts of the event, the latest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    result = BROADCASTS.page(page.work, broadcasts.of_event(_key(page, event_id)), query, page.tenant_id)
    return page.render(
        "messages/broadcasts.html",
        event=event,
        result=result,
        words=labels,
        is_active=any(row.status in (S.SENDING, S.SCHEDULED) for row in result.rows),
        figures={row.id: broadcasts.figures_of(page.work, row) for row in result.rows},
        got=(MessageStatus.SENT, MessageStatus.DELIVERED),
    )


@router.get(f"{HERE}/new", **_ACCESS)
def new_broadcast(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new broadcast."""
    event = events.get(page.work, page.tenant_id, event_id)
    names = versions.names_for(page.work, page.tenant_id, event_id)
    scope = page.value("scope")
    return page.render(
        "messages/broadcast_new.html",
        event=event,
        templates=[(name, labels.template_label(name)) for name in names],
        channels=[(each.value, _(CHANNELS[each]), "") for each in MAIL_CHANNELS],
        purposes=[(key, _(label)) for key, label in PURPOSES.items()],
        language_options=list(LANGUAGES.items()),
        statuses=[("", _("Everybody"))] + [(key, _(label)) for key, label in STATUSES.items()],
        scope=scope,
        query=page.value("query"),
        ids=" ".join([*page.value("ids").split(), *page.values("person")]),
        usual_language=page.speech.language,
    )


@router.post(f"{HERE}/new", creates=True, on_error=new_broadcast, beside=_BESIDE, **_ACCESS)
def create_broadcast(page: PageCall, event_id: Id) -> Response:
    """Show the form for those who were selected in the list of participants; with a text, create the draft and its preview."""
    try:
        selection = _selection(page)
    except BulkSelectionInvalid as error:
        return page.redirect(f"/events/{event_id}/participants", say=error_message(error), tone="bad")
    if not page.value("chosen"):
        with page.reading():
            return new_broadcast(page, event_id)
    new = page.parse(BroadcastForm).new_broadcast(selection)
    key = _key(page, event_id)

    def freeze() -> None:
        audience.freeze(page.hub.uow, key, broadcast_id, page.caller.actor)

    with page.begin() as work:
        broadcast_id = broadcasts.create(work, key, new).id
        work.after_commit.append(freeze)  # it has transactions of its own, which don't see the draft before
    return page.redirect(f"/events/{event_id}/broadcasts/{broadcast_id}")


@router.get(_PATH, **_ACCESS)
def show_broadcast(page: PageCall, event_id: Id, broadcast_id: Id, query: _LedgerQuery) -> Response:
    """Show the preview of a draft, or the ledger: for each person what happened."""
    key = _key(page, event_id)
    event = events.get(page.work, page.tenant_id, event_id)
    broadcast = broadcasts.get(page.work, key, broadcast_id)
    result = LEDGER.page(page.work, ledger.rows_of(broadcast), query, page.tenant_id)
    figures = broadcasts.figures_of(page.work, broadcast)
    if broadcast.bulletin:
        return show_bulletin(page, event, broadcast, result, figures)
    ids = [row.participant_id for row in result.rows if row.participant_id]
    suppressed = audience.count_suppressed(page.work, broadcast)
    response = page.render(
        "messages/broadcast.html",
        event=event,
        broadcast=broadcast,
        words=labels,
        channels=CHANNELS,
        purposes=PURPOSES,
        languages=LANGUAGES,
        variables=VARIABLES,
        result=result,
        names=ledger.names_of(page.work, page.tenant_id, ids),
        figures=[(each, figures[each]) for each in labels.LEDGER_STATUSES if each in figures],
        total=sum(figures.values()),
        to_send=max(
            0,
            sum(figures.get(each, 0) for each in OPEN) - suppressed - broadcast.counts.get("incomplete", 0),
        ),
        settled=sum(number for each, number in figures.items() if each not in OPEN),
        not_got=sum(figures.get(each, 0) for each in NOT_GOT),
        unsure=figures.get(MessageStatus.UNSURE, 0),
        is_over=broadcast.status in ENDED,
        suppressed=suppressed,
        obstacles=obstacles_of(page.work, broadcast),
        problems=SENTENCES,
        earliest=as_local(page.work.now(), event.time_zone),
        query=urlencode([(name, value) for name, value in page.request.query_params.multi_items() if value]),
    )
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    return response


@router.get(f"{_PATH}/sample", **_ACCESS)
def show_sample(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Show the message of the first recipient in a frame."""
    speech = page.speech
    broadcast = broadcasts.get(page.work, _key(page, event_id), broadcast_id)
    row = page.work.session.scalar(
        ledger.rows_of(broadcast).where(MessageDelivery.recipient != "").order_by(MessageDelivery.id).limit(1)
    )
    if row is None or row.participant_id is None:
        return problem_document(_("Nobody of this audience can be written to."))
    try:
        template = versions.get(page.work, page.tenant_id, row.content["template_id"])
        text = versions.text_of(template, broadcast.defaults)
        parts = preview_of(page.work, page.hub, template, text, event_id, row.participant_id, row.locale)
    except HubError as error:
        return problem_document(error_message(error))
    return preview_document(parts, speech.language, speech.direction)


def _start_form_page(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    return show_broadcast(page, event_id, broadcast_id, LEDGER.specification.parse_list(b"", ""))


@router.post(f"{_PATH}/preview", on_error=_start_form_page, **_ACCESS)
def preview_again(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Freeze the audience anew, with the values for empty fields that were typed."""
    key = _key(page, event_id)
    defaults = sent_defaults(page)
    try:
        if defaults:
            with page.begin() as work:
                stored = broadcasts.get(work, key, broadcast_id).defaults
                broadcasts.update(work, key, broadcast_id, BroadcastChanges(defaults={**stored, **defaults}))
        audience.freeze(page.hub.uow, key, broadcast_id, page.caller.actor)
    except _SAID as error:
        return _back(page, event_id, broadcast_id, error)
    return page.redirect(_path(event_id, broadcast_id), say=_("The preview is made anew."))


@router.post(f"{_PATH}/start", on_error=_start_form_page, beside=_BESIDE, **_ACCESS)
def start_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Send what was previewed, now or at a time of the event's zone."""
    form = page.parse(StartForm)
    with page.hub.uow.read() as work:
        zone = events.get(work, page.tenant_id, event_id).time_zone
    if form.when == "later" and form.scheduled_at is None:
        raise FormInvalid({"scheduled_at": _("Fill this in.")})
    is_later = form.when == "later" and form.scheduled_at is not None
    request = BroadcastStart(
        audience_hash=form.audience_hash or "-" * 64,
        scheduled_at=to_instant("scheduled_at", form.scheduled_at, zone)
        if is_later and form.scheduled_at
        else None,
        latest_at=to_instant("latest_at", form.latest_at, zone, end=True) if form.latest_at else None,
    )
    sentence = _("It is being sent. You may leave this page.")
    if request.scheduled_at is not None:
        note = repeated_hour_note([request.scheduled_at], zone)
        sentence = f"{_('It is scheduled.')} {note}".strip()
    return _do(
        page,
        event_id,
        broadcast_id,
        lambda work, key: broadcasts.start(work, key, broadcast_id, request),
        sentence,
    )


@router.post(f"{_PATH}/pause", **_ACCESS)
def pause_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Withhold what is not sent yet."""
    return _do(
        page,
        event_id,
        broadcast_id,
        lambda work, key: broadcasts.pause(work, key, broadcast_id),
        _("Paused."),
    )


@router.post(f"{_PATH}/resume", **_ACCESS)
def resume_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Go on."""
    return _do(page, event_id, broadcast_id, lambda work, key: broadcasts.resume(work, key, broadcast_id), "")


@router.post(f"{_PATH}/cancel", **_ACCESS)
def cancel_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Give up what is not sent yet."""
    return _do(
        page,
        event_id,
        broadcast_id,
        lambda work, key: broadcasts.cancel(work, key, broadcast_id),
        _("What was not sent yet is given up."),
    )


@router.post(f"{_PATH}/delete", **_ACCESS)
def delete_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Delete a draft."""
    try:
        with page.begin() as work:
            broadcasts.delete_draft(work, _key(page, event_id), broadcast_id)
    except BroadcastState as error:
        return _back(page, event_id, broadcast_id, error)
    return page.redirect(f"/events/{event_id}/broadcasts", say=_("The draft is deleted."))


@router.post(f"{_PATH}/resend", **_ACCESS)
def resend_broadcast(page: PageCall, event_id: Id, broadcast_id: Id) -> Response:
    """Make a draft for those who did not get it, and preview it."""
    key = _key(page, event_id)
    request = BroadcastResend(include_unsure=bool(page.value("include_unsure")))
    try:
        with page.begin() as work:
            draft = broadcasts.resend(work, key, broadcast_id, request)
        audience.freeze(page.hub.uow, key, draft.id, page.caller.actor)
    except _SAID as error:
        return _back(page, event_id, broadcast_id, error)
    return page.redirect(_path(event_id, draft.id))


@router.get(f"{_PATH}/messages.csv", **_ACCESS)
def export_csv(page: PageCall, event_id: Id, broadcast_id: Id, query: _ExportQuery) -> Response:
    """Export the ledger as CSV."""
    rows, slot = _exported(page, event_id, broadcast_id, query)
    chunks = csv_writer.csv_chunks(ledger.COLUMNS, rows)
    return secured(exports.attachment_response(slot, chunks, csv_writer.MEDIA_TYPE, "messages.csv"))


@router.get(f"{_PATH}/messages.xlsx", **_ACCESS)
def export_xlsx(page: PageCall, event_id: Id, broadcast_id: Id, query: _ExportQuery) -> Response:
    """Export the ledger as an Excel workbook."""
    rows, slot = _exported(page, event_id, broadcast_id, query)
    chunks = xlsx_writer.xlsx_chunks(
        ledger.COLUMNS, rows, sheet=_("Messages"), right_to_left=page.speech.direction == "rtl"
    )
    return secured(exports.attachment_response(slot, chunks, xlsx_writer.MEDIA_TYPE, "messages.xlsx"))


def _exported(page: Page, event_id: str, broadcast_id: str, query: ListQuery) -> tuple[Any, ExportSlot]:
    broadcast = broadcasts.get(page.work, _key(page, event_id), broadcast_id)
    rows = ledger.export_rows(page.hub.uow, broadcast, query)
    slot = page.hub.export_slots.take(page.caller)
    with page.begin() as work:
        audit.record(work, page.tenant_id, BROADCAST_EXPORTED, broadcast_id)
    return rows, slot


def _selection(page: Page) -> bulk.Selection:
    """Return who is written to: those of the list of participants, or everybody of a status.

    Raises:
        BulkSelectionInvalid: 422, nobody or too many are ticked.
    """
    if page.value("scope"):
        return read_selection(page)
    status = page.value("status")
    if status in STATUSES:
        return bulk.Selection(query=urlencode({"filter[status]": status}))
    return bulk.Selection(all=True)


def _do(
    page: Page,
    event_id: str,
    broadcast_id: str,
    act: Callable[[Work, FeedKey], BroadcastMessage],
    say: str,
) -> Response:
    """Do something with a broadcast and show it. What its state does not allow is said on its page."""
    try:
        with page.begin() as work:
            act(work, _key(page, event_id))
    except _SAID as error:
        return _back(page, event_id, broadcast_id, error)
    return page.redirect(_path(event_id, broadcast_id), say=say)


def _back(page: Page, event_id: str, broadcast_id: str, error: HubError) -> Response:
    return page.redirect(_path(event_id, broadcast_id), say=error_message(error), tone="bad")


def _path(event_id: str, broadcast_id: str) -> str:
    return f"/events/{event_id}/broadcasts/{broadcast_id}"


def _key(page: Page, event_id: str) -> FeedKey:
    return FeedKey(page.tenant_id, event_id)
