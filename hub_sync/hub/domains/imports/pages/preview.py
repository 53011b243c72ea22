"""The page that shows what an import would do, where its problems are mended in groups, and from which it is started."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.service import Requester
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.errors import (
    FieldUnknown,
    ImportChanged,
    ImportEmpty,
    ImportMappingInvalid,
    ImportNotReady,
    ImportStarted,
    TooManyMends,
)
from hub_sync.hub.domains.imports.importable import EXTRA, Importable
from hub_sync.hub.domains.imports.issues import SENTENCES, Cause, RowOutcome
from hub_sync.hub.domains.imports.mapping.row_texts import load_mends
from hub_sync.hub.domains.imports.options import (
    LONGEST_FIELD_NAME,
    LONGEST_TEXT,
    ClearMend,
    DefaultMend,
    ReplaceMend,
    SkipMend,
)
from hub_sync.hub.domains.imports.pages.files import PATH, sent_number
from hub_sync.hub.domains.imports.pages.labels import OPERATION_TONES, OPERATION_WORDS
from hub_sync.hub.domains.imports.tables import ImportStage
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import STATUS_TONES, STATUSES
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.text_types import Id

OUTCOMES: Mapping[RowOutcome, str] = {
    RowOutcome.CREATE: N_("New"),
    RowOutcome.CHANGE: N_("Changed"),
    RowOutcome.UNCHANGED: N_("Unchanged"),
    RowOutcome.SKIP: N_("Left out"),
    RowOutcome.REFUSE: N_("Refused"),
}
OUTCOME_TONES: Mapping[RowOutcome, str] = {
    RowOutcome.CREATE: "good",
    RowOutcome.CHANGE: "info",
    RowOutcome.UNCHANGED: "quiet",
    RowOutcome.SKIP: "quiet",
    RowOutcome.REFUSE: "bad",
}
_NOT_REPLACED = frozenset(
    (
        Cause.NOBODY,
        Cause.TWICE,
        Cause.AMBIGUOUS,
        Cause.UNMATCHED,
        Cause.BLOCKED,
        Cause.NUMBER_CELL,
        Cause.TOTAL_ROW,
    )
)
"""Problems that no other text in all rows can mend."""
_NOT_CLEARED = frozenset((*_NOT_REPLACED, Cause.CATEGORY_NEW, Cause.SIMILAR, Cause.FLAGGED)) - {Cause.TWICE}
_TEXT, _BY = "text_", "by_"

router = PageRouter()


@router.get(f"{PATH}/preview", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def show_preview(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Show what the import would do."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    if draft.summary is None:
        return page.redirect(f"/events/{event_id}/imports/{import_id}")
    entity = imports.PARTICIPANTS
    return page.render(
        "imports/preview.html",
        event=events.get(page.work, page.tenant_id, event_id),
        draft=draft,
        summary=draft.summary,
        is_started=draft.stage is ImportStage.STARTED,
        **_operation(page, FeedKey(page.tenant_id, event_id), draft.operation_id),
        groups=[_group(entity, group) for group in draft.summary["groups"]],
        mends=[(number, describe_mend(entity, mend)) for number, mend in enumerate(load_mends(draft.mends))],
        outcomes=OUTCOMES,
        statuses=STATUSES,
        categories=participants.categories(page.work, page.tenant_id, event_id),
        **row_words(entity),
    )


@router.post(
    f"{PATH}/mend",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_preview,
    beside={ImportChanged: "", ImportStarted: "", ImportMappingInvalid: "", TooManyMends: ""},
)
def mend(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Mend a group of problems, and make the preview anew."""
    key = FeedKey(page.tenant_id, event_id)
    with page.hub.uow.read() as work:
        imports.get(work, key, import_id)
    mends = _sent_mends(page)
    if mends:
        with page.begin() as work:
            imports.add_mends(work, key, import_id, imports.PARTICIPANTS, mends)
        imports.check(page.hub.uow, key, import_id, imports.PARTICIPANTS)
    path = f"/events/{event_id}/imports/{import_id}/preview#{_next_problem(page, key, import_id)}"
    if not mends:
        return page.redirect(path, say=_("Nothing was typed, so nothing was changed."), tone="info")
    return page.redirect(path, say=_("The preview is made anew with your corrections."))


def _next_problem(page: Page, key: FeedKey, import_id: str) -> str:
    """Return the id of the group that stands now where the mended one stood, or of the button to import if none is left.

    Whoever works by keyboard goes on there: a page that begins at its top has them tab past all groups after each mend.
    """
    with page.hub.uow.read() as work:
        summary = imports.get(work, key, import_id).summary or {}
    place = min(sent_number(page, "place") or 1, len(summary.get("groups", ())))
    return f"problem-{place}" if place else "run"


@router.post(
    f"{PATH}/unmend",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_preview,
    beside={ImportChanged: "", ImportStarted: ""},
)
def unmend(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Take a correction back."""
    key, number = FeedKey(page.tenant_id, event_id), sent_number(page, "number")
    with page.begin() as work:
        draft = imports.get(work, key, import_id)
        before = load_mends(draft.mends)
        mends = [each for place, each in enumerate(before) if place != number]
        expected = sent_number(page, "version")
        since = imports.set_mends(work, key, import_id, imports.PARTICIPANTS, mends, expected).version - 1
    imports.check_mends(page.hub.uow, key, import_id, imports.PARTICIPANTS, before, since)
    return page.redirect(
        f"/events/{event_id}/imports/{import_id}/preview#{'corrections' if mends else 'run'}",
        say=_("The correction was taken back."),
    )


@router.post(
    f"{PATH}/run",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_preview,
    beside={ImportChanged: "", ImportStarted: "", ImportEmpty: "", ImportNotReady: ""},
)
def run_import(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Start the import that was looked at."""
    key, expected = FeedKey(page.tenant_id, event_id), sent_number(page, "version")
    requester = Requester(page.caller.actor, page.caller.bounds.owner)
    with (
        imports.prepared(page.hub.uow, key, import_id, requester, expected) as operation_id,
        page.begin() as work,
    ):
        imports.start(work, key, import_id, operation_id, requester, expected)
    return page.redirect(
        f"/events/{event_id}/imports/{import_id}/preview", say=_("The import runs. You may leave this page.")
    )


@router.post(f"{PATH}/undo", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def undo_import(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Take the whole import back, but for who was changed since."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        operation_id = imports.get(work, key, import_id).operation_id
        if operation_id is None:
            raise ImportNotReady
        bulk.undo(work, key, operation_id, Requester(page.caller.actor, page.caller.bounds.owner))
    return page.redirect(
        f"/events/{event_id}/imports/{import_id}/preview", say=_("The import is being taken back.")
    )


def _operation(page: Page, key: FeedKey, operation_id: str | None) -> dict[str, Any]:
    """Return what the page says of the bulk operation of an import."""
    if operation_id is None:
        return {"operation": None, "is_active": False, "is_watched": False}
    operation = bulk.get(page.work, key, operation_id)
    undoes = operation.status is BulkOperationStatus.UNDOING
    done = operation.succeeded + operation.failed + operation.skipped + operation.conflicts
    return {
        "operation": operation,
        "is_active": operation.status in bulk.ACTIVE,
        "is_watched": operation.status not in bulk.OVER,
        "done": operation.total - operation.undone - operation.undo_conflicts if undoes else done,
        "may_undo": bulk.can_undo(operation) and (operation.undo_until or page.work.now()) > page.work.now(),
        "operation_words": OPERATION_WORDS,
        "operation_tones": OPERATION_TONES,
    }


def describe_mend(entity: Importable, mend: imports.Mend) -> str:
    """Return a correction as a sentence."""
    words: dict[str, Any] = {name: str(value) for name, value in mend.model_dump().items()}
    words["field"] = field_label(entity, words.get("field", ""))
    if "cause" in words:
        words["cause"] = (
            _(SENTENCES[Cause(words["cause"])]) % {"limit": "…"}
            if words["cause"] in list(Cause)
            else words["cause"]
        )
    templates = {
        "replace": _("%(field)s: “%(text)s” is read as “%(by)s”"),
        "default": _("%(field)s: “%(by)s” where it is empty"),
        "clear": _("%(field)s is left empty: %(cause)s"),
        "skip": _("Rows are left out: %(field)s %(cause)s"),
        "row": _("Line %(line)s, %(field)s: “%(by)s”"),
    }
    return templates[mend.kind] % words


def field_label(entity: Importable, name: str) -> str:
    """Return the label of a field in the language of the page."""
    if name.startswith(EXTRA):
        return name[len(EXTRA) :]
    return _(entity.fields[name].label) if name in entity.fields else name


def issue_sentence(cause: str, parameters: Mapping[str, Any]) -> str:
    """Return what a problem is, in the language of the page."""
    sentence = _(SENTENCES[Cause(cause)])
    return fill_in(sentence, parameters) if parameters else sentence % {"limit": "…"}


def row_words(entity: Importable) -> dict[str, Any]:
    """Return what templates need to name fields, problems and values."""
    return {
        "label_of": lambda name: field_label(entity, name),
        "sentence_of": issue_sentence,
        "tones": OUTCOME_TONES,
        "status_tones": STATUS_TONES,
    }


def _group(entity: Importable, group: Mapping[str, Any]) -> dict[str, Any]:
    cause = Cause(group["cause"])
    return {
        **group,
        "label": field_label(entity, group["field"]),
        "sentence": issue_sentence(cause, group["parameters"]),
        "may_replace": cause not in _NOT_REPLACED and bool(group["texts"]),
        "may_clear": cause not in _NOT_CLEARED and bool(group["field"]) and group["is_error"],
        "may_skip": cause is not Cause.NUMBER_CELL,
    }


def _sent_mends(page: Page) -> list[imports.Mend]:
    """Return the corrections of the sent form.

    Raises:
        FieldUnknown: it names a field that no import has (422).
        FormInvalid: a text has more characters than a correction may have (422).
    """
    action, field, cause = page.value("action"), page.value("field"), page.value("cause")
    if len(field) > LONGEST_FIELD_NAME:
        raise FieldUnknown(field=field[:LONGEST_FIELD_NAME])
    if action == "skip" and cause in list(Cause):
        return [SkipMend(field=field, cause=Cause(cause))]
    if action == "clear" and cause in list(Cause) and field:
        return [ClearMend(field=field, cause=Cause(cause))]
    if action == "default" and field in imports.PARTICIPANTS.fields:
        by = page.short_texts(["by"], LONGEST_TEXT)["by"]
        return [DefaultMend(field=field, by=by)] if by else []
    numbers = [name.removeprefix(_TEXT) for name in page.sent or () if name.startswith(_TEXT)]
    texts = page.short_texts([f"{part}{number}" for number in numbers for part in (_TEXT, _BY)], LONGEST_TEXT)
    return [
        ReplaceMend(field=field, text=texts[f"{_TEXT}{number}"], by=texts[f"{_BY}{number}"])
        for number in numbers
        if field and texts[f"{_BY}{number}"]
    ]
