"""The console's pages of the blacklist: entries, import, export and hits. Every read is audited."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import Row, select

from hub_sync.hub.console import Page, PageCall, PageRouter, Question, _, ngettext
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.errors import (
    BlacklistEntryChanged,
    BlacklistEntryExists,
    BlacklistFull,
    BlacklistHitChanged,
    BlacklistHitNotFound,
    BlacklistMatchUnfit,
    BlacklistValueInvalid,
    DocumentUnreadable,
    DomainUnreadable,
    EmailUnreadable,
    FuzzyOnlyFlags,
    LinesInvalid,
    NameTooShort,
    NoLines,
    PhoneWithoutCountry,
    TooManyLines,
    ValidityReversed,
)
from hub_sync.hub.domains.blacklist.exports import entry_rows
from hub_sync.hub.domains.blacklist.forms import (
    BlacklistEditForm,
    BlacklistEntryForm,
    BlacklistImportForm,
    DecisionForm,
    DeleteEntriesForm,
    DeleteEntryForm,
    form_values,
    new_form_values,
)
from hub_sync.hub.domains.blacklist.lists import ATTEMPTS, ENTRIES, EXPORT, HITS
from hub_sync.hub.domains.blacklist.manifest import (
    ACTIONS,
    ATTEMPTS_READ,
    BLACKLIST_EXPORTED,
    BLACKLIST_MANAGE,
    HIT_STATUSES,
    HITS_READ,
    KINDS,
    MATCHES,
)
from hub_sync.hub.domains.blacklist.tables import Blacklist, BlacklistHit, HitStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.choices import event_options
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.lists import csv_writer, exports
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.screening import is_over

_PATH = "/settings/blacklist"
_HITS = f"{_PATH}/hits"
_ATTEMPTS = f"{_PATH}/attempts"
_ENTRY = f"{_PATH}/{{blacklist_id}}"
_SCOPE_FIELDS: dict[Any, Any] = {
    BlacklistMatchUnfit: "comparison",
    FuzzyOnlyFlags: "action",
    ValidityReversed: "valid_until",
    EventNotFound: "event_id",
    BlacklistFull: "",
}
_VALUE_ERRORS = (
    BlacklistValueInvalid,
    NameTooShort,
    EmailUnreadable,
    PhoneWithoutCountry,
    DocumentUnreadable,
    DomainUnreadable,
)
_BESIDE: dict[Any, Any] = {
    **_SCOPE_FIELDS,
    **dict.fromkeys(_VALUE_ERRORS, "value"),
    BlacklistEntryExists: "value",
    BlacklistEntryChanged: "",
}

router = PageRouter()


@router.get(_PATH, permissions=BLACKLIST_MANAGE)
def list_entries(
    page: PageCall, query: Annotated[ListQuery, Depends(ENTRIES.parse_console_query)]
) -> Response:
    """List the entries."""
    result = ENTRIES.page(page.work, service.entries_of(page.tenant_id), query, page.tenant_id)
    with page.begin() as work:
        service.note_read(work, page.tenant_id, len(result.rows))
    scopes = _events_by_id(page, [row.event_id for row in result.rows if row.event_id])
    return page.render(
        "blacklist/list.html",
        result=result,
        kinds=KINDS,
        matches=MATCHES,
        actions=ACTIONS,
        day_of=date.fromisoformat,
        event_names={id_: event.name for id_, event in scopes.items()},
        over=[row.id for row in result.rows if _is_over(page, row, scopes)],
        open_hits=service.count_open(page.work, page.tenant_id),
        query=page.request.url.query,
    )


@router.get(f"{_PATH}/export.csv", permissions=BLACKLIST_MANAGE)
def export_entries(
    page: PageCall, query: Annotated[ListQuery, Depends(EXPORT.parse_console_query)]
) -> Response:
    """Export the filtered entries in a form that can be imported."""
    rows = entry_rows(page.hub.uow, page.tenant_id, query)
    slot = page.hub.export_slots.take(page.caller)
    with page.begin() as work:
        service.note_read(work, page.tenant_id, action=BLACKLIST_EXPORTED)
    pieces = csv_writer.csv_chunks(service.EXPORT_HEADER, rows)
    return secured(exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, "blacklist.csv"))


@router.get(f"{_PATH}/new", permissions=BLACKLIST_MANAGE)
def new_entry(page: PageCall) -> Response:
    """Show the form of a new entry."""
    return page.render("blacklist/new.html", values=new_form_values(), **_form_context(page))


@router.post(f"{_PATH}/new", creates=True, permissions=BLACKLIST_MANAGE, on_error=new_entry, beside=_BESIDE)
def create_entry(page: PageCall) -> Response:
    """Create the entry."""
    new = page.parse(BlacklistEntryForm).new_entry()
    with page.begin() as work:
        service.create(work, page.tenant_id, new)
    return page.redirect(
        _PATH,
        say=_(
            "The entry is saved. Registered people are being screened; gates know it with their next pull."
        ),
    )


@router.get(f"{_PATH}/import", permissions=BLACKLIST_MANAGE)
def show_import(page: PageCall) -> Response:
    """Show the form to import lines."""
    return page.render("blacklist/import.html", values=new_form_values(), **_form_context(page))


@router.post(
    f"{_PATH}/import",
    creates=True,
    permissions=BLACKLIST_MANAGE,
    on_error=show_import,
    beside={**_SCOPE_FIELDS, LinesInvalid: "lines", NoLines: "lines", TooManyLines: "lines"},
)
def import_entries(page: PageCall) -> Response:
    """Import the lines."""
    request = page.parse(BlacklistImportForm).request()
    with page.begin() as work:
        result = service.import_lines(work, page.tenant_id, request)
    say = ngettext("%(num)s entry was added.", "%(num)s entries were added.", result.added)
    say %= {"num": formats.number(result.added)}
    if result.skipped:
        skipped = ngettext(
            "%(num)s line was in the list already.", "%(num)s lines were in the list already.", result.skipped
        )
        say += " " + skipped % {"num": formats.number(result.skipped)}
    return page.redirect(_PATH, say=say)


@router.post(f"{_PATH}/delete", permissions=BLACKLIST_MANAGE)
def delete_entries(page: PageCall) -> Response:
    """Delete the ticked entries, once that is confirmed."""
    ids = page.parse(DeleteEntriesForm).ids
    if not ids:
        return page.redirect(_PATH, say=_("Tick the entries that are to be deleted."), tone="info")
    title = ngettext("Delete %(num)s entry?", "Delete %(num)s entries?", len(ids))
    title %= {"num": formats.number(len(ids))}
    page.ask_first(
        Question("delete", title, (_("Whom they held back may register and enter again."),), _("Delete"))
    )
    with page.begin() as work:
        count = service.remove_many(work, page.tenant_id, ids)
    say = ngettext("%(num)s entry was deleted.", "%(num)s entries were deleted.", count)
    return page.redirect(_PATH, say=say % {"num": formats.number(count)})


@router.get(_HITS, permissions=BLACKLIST_MANAGE, also=PARTICIPANTS_READ)
def list_hits(page: PageCall, query: Annotated[ListQuery, Depends(HITS.parse_console_query)]) -> Response:
    """List whom entries meet, those that wait for a decision first."""
    statement = service.hits_of_people(page.work, page.tenant_id)
    if "filter[status]" not in page.request.query_params:
        statement = statement.where(BlacklistHit.status == HitStatus.PENDING)
    result = HITS.page(page.work, statement, query, page.tenant_id)
    with page.begin() as work:
        service.note_read(work, page.tenant_id, len(result.rows), HITS_READ)
    return page.render(
        "blacklist/hits.html",
        result=result,
        cases=[_case(page, hit) for hit in result.rows],
        kinds=KINDS,
        matches=MATCHES,
        actions=ACTIONS,
        day_of=date.fromisoformat,
        statuses=HIT_STATUSES,
        event_names=_event_names(page, [hit.event_id for hit in result.rows]),
        who=lambda actor: _actor_name(page, actor),
    )


@router.get(_ATTEMPTS, permissions=BLACKLIST_MANAGE, also=PARTICIPANTS_READ)
def list_attempts(
    page: PageCall, query: Annotated[ListQuery, Depends(ATTEMPTS.parse_console_query)]
) -> Response:
    """List registrations that an entry blocked, the latest first."""
    result = ATTEMPTS.page(page.work, service.attempts_of(page.tenant_id), query, page.tenant_id)
    with page.begin() as work:
        service.note_read(work, page.tenant_id, len(result.rows), ATTEMPTS_READ)
    entry_ids = {row.entry_id for row in result.rows}
    entries = page.work.session.scalars(
        service.entries_of(page.tenant_id).where(Blacklist.id.in_(sorted(entry_ids)))
    )
    return page.render(
        "blacklist/attempts.html",
        result=result,
        entries={entry.id: entry for entry in entries},
        kinds=KINDS,
        event_names=_event_names(page, [row.event_id for row in result.rows]),
        who=lambda actor: _actor_name(page, actor),
    )


@router.post(f"{_HITS}/{{hit_id}}", permissions=BLACKLIST_MANAGE, also=PARTICIPANTS_READ)
def decide_hit(page: PageCall, hit_id: Id) -> Response:
    """Store the decision about a hit."""
    form = page.parse(DecisionForm)
    try:
        with page.begin() as work:
            service.decide(work, page.tenant_id, hit_id, form.status, form.version)
    except (BlacklistHitChanged, BlacklistHitNotFound) as error:
        return page.redirect(_HITS, say=_(error.template), tone="bad")
    say = {
        HitStatus.PENDING: _("The hit waits for a decision again."),
        HitStatus.FLAGGED: _("Gates show a quiet mark for this person, from their next pull on."),
        HitStatus.BLOCKED: _("Gates refuse this person, from their next pull on."),
        HitStatus.DISMISSED: _("This entry holds back that person no more, until their data changes."),
    }
    return page.redirect(_HITS, say=say[form.status])


@router.get(f"{_ENTRY}/edit", permissions=BLACKLIST_MANAGE)
def edit_entry(page: PageCall, blacklist_id: Id) -> Response:
    """Show the form of an entry, with its history."""
    entry = service.get(page.work, page.tenant_id, blacklist_id)
    with page.begin() as work:
        service.note_read_of_entry(work, page.tenant_id, blacklist_id)
    entries = audit.entries_of(page.work, page.tenant_id, "blacklist_entry", blacklist_id)
    return page.render(
        "blacklist/edit.html",
        entry=entry,
        values=form_values(entry),
        history=audit.history(page.work, entries[-20:][::-1], page.speech.time_zone),
        **_form_context(page, entry.event_id),
    )


@router.post(f"{_ENTRY}/edit", permissions=BLACKLIST_MANAGE, on_error=edit_entry, beside=_BESIDE)
def update_entry(page: PageCall, blacklist_id: Id) -> Response:
    """Update the entry."""
    with page.begin() as work:
        entry = service.get(work, page.tenant_id, blacklist_id)
        audit.merge_form(page, work, "blacklist_entry", entry, form_values(entry), page.speech.time_zone)
        changes = page.parse(BlacklistEditForm).changes()
        service.update(work, page.tenant_id, blacklist_id, changes, entry.version)
    return page.redirect(_PATH, say=_("The changes are saved. Registered people are being screened again."))


@router.get(f"{_ENTRY}/delete", permissions=BLACKLIST_MANAGE)
def ask_to_delete(page: PageCall, blacklist_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    entry = service.get(page.work, page.tenant_id, blacklist_id)
    with page.begin() as work:
        service.note_read_of_entry(work, page.tenant_id, blacklist_id)
    return page.render("blacklist/delete.html", entry=entry, kinds=KINDS)


@router.post(
    f"{_ENTRY}/delete",
    permissions=BLACKLIST_MANAGE,
    on_error=ask_to_delete,
    beside={BlacklistEntryChanged: ""},
)
def delete_entry(page: PageCall, blacklist_id: Id) -> Response:
    """Delete the entry."""
    form = page.parse(DeleteEntryForm)
    with page.begin() as work:
        service.remove(work, page.tenant_id, blacklist_id, form.version)
    return page.redirect(
        _PATH, say=_("The entry was deleted. Whom it held back may register and enter again.")
    )


def _form_context(page: Page, event_id: str | None = None) -> dict[str, Any]:
    """Return the choices of the form: all events that have not ended, and the entry's own, which a saved form must keep."""
    options = event_options(page.work, page.tenant_id, event_id or "")
    return {"kinds": KINDS, "actions": ACTIONS, "events": options}


def _events_by_id(page: Page, event_ids: Sequence[str]) -> dict[str, Row[Any]]:
    rows = events.list_of_ids(page.work, page.tenant_id, sorted(set(event_ids)))
    return {row.id: row for row in rows}


def _event_names(page: Page, event_ids: Sequence[str]) -> dict[str, str]:
    return {id_: event.name for id_, event in _events_by_id(page, event_ids).items()}


def _is_over(page: Page, entry: Any, scopes: Mapping[str, Row[Any]]) -> bool:
    """Return True for an entry that blocks nowhere any more, by the day of its event, or of any event."""
    scope = scopes.get(entry.event_id)
    return is_over(page.hub.clock.now(), entry.valid_until, scope.time_zone if scope else "")


def _case(page: Page, hit: BlacklistHit) -> dict[str, Any]:
    """Return a hit with the entry and the person."""
    entry = page.work.session.scalar(
        select(Blacklist).where(Blacklist.tenant_id == page.tenant_id, Blacklist.id == hit.entry_id)
    )
    person = page.work.session.get(participants.Participant, (page.tenant_id, hit.participant_id))
    name = participants.display_name(person) if person is not None else "—"
    return {"hit": hit, "entry": entry, "person": person, "name": name}


def _actor_name(page: Page, actor: str) -> str:
    names = audit.names_of_actors(page.work, page.tenant_id, [actor])
    return names.get(actor) or audit.actor_name(actor)
