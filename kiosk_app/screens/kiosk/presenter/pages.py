"""The pages of a visitor: one question each, in the visitor's language."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime

from kiosk_app.core.kiosk.session import VisitorSession, VisitorStep
from kiosk_app.kiosk_messages import LETTERS_BEFORE_SEARCH, PaperFault, PrintStage, QueueChoice
from kiosk_app.messages import GateOutcome
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.keyboards import code_keys, has_other_alphabet, name_keys
from kiosk_app.screens.kiosk.presenter.model import KioskModel
from kiosk_app.screens.kiosk.presenter.outcome_formatting import Kind, outcome_text
from kiosk_app.screens.kiosk.presenter.troubles import reads_camera, reads_tickets
from kiosk_app.screens.kiosk.presenter.view_state import (
    ActionButton,
    Body,
    CameraBody,
    ChoicesBody,
    Emphasis,
    EntryBody,
    EntryKind,
    KioskPage,
    NumberBody,
    PersonBody,
    SymbolBody,
)
from kiosk_app.ui.closed_text import closed_text
from kiosk_app.ui.counter_text import counter_text
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts

SHORTEST_CODE = 4


def build_visitor_page(model: KioskModel, session: VisitorSession, now: datetime) -> KioskPage:
    """Return the page of the session's step."""
    return _PAGES[session.step](model, session, now)


def build_attract_page(model: KioskModel) -> KioskPage:
    """Return the page that waits for a visitor: each language begins with one touch, and so does a ticket."""
    words, facts = model.texts, model.facts
    starts = tuple(
        ActionButton(
            texts(code)("kiosk.begin"),
            actions.SessionBegun(code),
            Emphasis.PRIMARY if code == model.language else Emphasis.PLAIN,
            detail=texts(code).name,
            language=code,
        )
        for code in LANGUAGES
    )
    key = "_touch" if not reads_tickets(facts) else "" if reads_camera(facts) else "_scan"
    text = words(f"kiosk.attract_text{key}")
    return KioskPage(
        "attract",
        words("kiosk.attract"),
        model.reader_notice or text,
        _camera(model, words),
        starts,
        note=staff_note(model, words),
    )


def queue_choices(model: KioskModel) -> tuple[QueueChoice, ...]:
    """Return the queues of this kiosk."""
    return model.facts.kiosk.queues if model.facts.kiosk else ()


def open_queues(model: KioskModel) -> tuple[QueueChoice, ...]:
    """Return the queues that give numbers now."""
    return tuple(queue for queue in queue_choices(model) if queue.is_open)


def wait_text(words: Texts, low: int | None, high: int | None) -> str:
    """Return an estimated wait as a range; empty: unknown."""
    if low is None or high is None:
        return ""
    if high <= 1:
        return words("kiosk.wait_soon")
    if low == high:
        return words("kiosk.wait_about", n=high)
    return words("kiosk.wait_range", low=words.number(low), n=high)


def isolate(name: str, words: Texts) -> str:
    """Return a name set apart from a text that runs the other way: its full stop would change sides.

    >>> isolate("Ada K.", texts("en")), len(isolate("Ada K.", texts("ar"))), len(isolate("\u0639\u0644\u064a \u0645.", texts("de")))
    ('Ada K.', 8, 8)
    """
    runs_left = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if name and (words.rtl or runs_left) else name


# --- the pages


def _language_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    names = (texts(code)("kiosk.which_language") for code in LANGUAGES)
    choices = tuple(
        ActionButton(
            texts(code).name,
            actions.LanguageChosen(code),
            pressed=code == session.language,
            language=code,
        )
        for code in LANGUAGES
    )
    words = model.texts
    return KioskPage(
        "language",
        words("kiosk.which_language"),
        "  \u00b7  ".join(name for name in names if name != words("kiosk.which_language")),
        ChoicesBody(choices),
        (_quit(words) if session.step_before is VisitorStep.LANGUAGE else _back(words),),
    )


def _identify_page(model: KioskModel, _session: VisitorSession, _now: datetime) -> KioskPage:
    words, options = model.texts, model.options
    reads = reads_tickets(model.facts)
    buttons = []
    if options.typing:
        buttons.append(ActionButton(words("kiosk.type_code"), actions.CodeChosen(), icon="keyboard"))
    if options.search:
        buttons.append(ActionButton(words("kiosk.find_name"), actions.SearchChosen(), icon="search"))
    if options.walk_in_numbers and open_queues(model):
        buttons.append(ActionButton(words("kiosk.take_number"), actions.NumberChosen(), icon="ticket"))
    buttons.append(_quit(words))
    if not reads:
        heading, text = words("kiosk.identify_typed"), words("kiosk.identify_typed_text")
    else:
        heading = words("kiosk.hold_ticket" if reads_camera(model.facts) else "kiosk.scan_ticket")
        text = words("kiosk.hold_ticket_text" if reads_camera(model.facts) else "kiosk.scan_ticket_text")
    return KioskPage("identify", heading, text, _camera(model, words), tuple(buttons))


def _code_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words = model.texts
    body = _entry(
        words, session, EntryKind.CODE, code_keys(session.language, other=session.other_keys), SHORTEST_CODE
    )
    return KioskPage("code", words("kiosk.code"), words("kiosk.code_text"), body)


def _search_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words = model.texts
    keys = name_keys(session.language, other=session.other_keys)
    body = _entry(words, session, EntryKind.NAME, keys, LETTERS_BEFORE_SEARCH)
    return KioskPage("search", words("kiosk.search"), words("kiosk.search_text"), body)


def _hits_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words, hits = model.texts, session.hits.hits if session.hits else ()
    choices = tuple(
        ActionButton(isolate(hit.name, words), actions.HitChosen(hit.participant_id), icon="person")
        for hit in hits
    )
    return KioskPage(
        "hits",
        words("kiosk.hits"),
        words("kiosk.hits_text"),
        ChoicesBody(choices),
        (_back(words, "kiosk.none_of_these"),),
    )


def _confirm_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words = model.texts
    buttons = (
        ActionButton(words("kiosk.yes"), actions.VisitorConfirmed(), Emphasis.PRIMARY, "check"),
        ActionButton(words("kiosk.no"), actions.VisitorDenied(), icon="close"),
    )
    return KioskPage(
        "confirm",
        words("kiosk.is_this_you"),
        "",
        PersonBody(isolate(session.name, words), isolate(model.event, words)),
        buttons,
    )


def _working_page(model: KioskModel, _session: VisitorSession, _now: datetime) -> KioskPage:
    words = model.texts
    return KioskPage("working", words("kiosk.working"), "", SymbolBody("clock"))


def _done_page(model: KioskModel, session: VisitorSession, now: datetime) -> KioskPage:
    words = model.texts
    shown = outcome_text(session, model.facts.kiosk, words, model.time_zone, now)
    buttons: list[ActionButton] = []
    lines = [shown.text]
    if shown.kind is Kind.RETRY:
        buttons.append(
            ActionButton(words("kiosk.try_again"), actions.SteppedBack(), Emphasis.PRIMARY, "undo")
        )
    if shown.kind in (Kind.RETRY, Kind.STAFF):
        buttons += _staff_button(words, session)
    if session.number is not None and session.number.refusal is not None:
        lines.append(words(f"kiosk.no_number.{session.number.refusal.value}"))
    elif shown.kind is Kind.WELCOME and queue_choices(model) and not open_queues(model):
        lines.append(words("kiosk.no_number.closed"))
    lines += _paper_lines(words, session)
    buttons += _paper_buttons(words, session)
    emphasis = Emphasis.PRIMARY if not buttons else Emphasis.PLAIN
    buttons.append(ActionButton(words("kiosk.finish"), actions.SessionFinished(), emphasis))
    return KioskPage(
        f"done-{shown.kind.name.lower()}",
        shown.heading,
        " ".join(line for line in lines if line),
        SymbolBody(shown.icon, shown.signal),
        tuple(buttons),
    )


def _queues_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words = model.texts
    choices = tuple(
        ActionButton(
            isolate(queue.name, words),
            actions.QueueChosen(queue.id),
            detail=_queue_detail(words, queue),
            enabled=queue.is_open,
        )
        for queue in queue_choices(model)
    )
    is_in = isinstance(session.outcome, GateOutcome)
    skip = ActionButton(words("kiosk.no_number_wanted"), actions.NumberSkipped()) if is_in else _back(words)
    text = words("kiosk.queues_text_in" if is_in else "kiosk.queues_text")
    return KioskPage("queues", words("kiosk.queues"), text, ChoicesBody(choices), (skip,))


def _number_page(model: KioskModel, session: VisitorSession, _now: datetime) -> KioskPage:
    words, number = model.texts, session.number
    if number is None:
        return _working_page(model, session, _now)
    wait = wait_text(words, number.low, number.high)
    if number.counter:
        position = words("kiosk.called_to", counter=isolate(counter_text(number.counter, words), words))
    elif number.people_ahead:
        position = words("kiosk.people_ahead", n=number.people_ahead)
    else:
        position = "" if number.people_ahead is None else words("kiosk.you_are_next")
    is_in = isinstance(session.outcome, GateOutcome)
    heading = words("kiosk.your_number")
    body = NumberBody(
        isolate(number.queue_name, words),
        number.number,
        tuple(line for line in (position, wait) if line),
        number.status_url,
        words("kiosk.status_page") if number.status_url else "",
    )
    lines = [words("kiosk.checked_in")] if is_in else []
    lines.append(words("kiosk.number_repeated" if number.is_repeated else "kiosk.number_text"))
    lines += _paper_lines(words, session)
    buttons = _paper_buttons(words, session)
    finish = ActionButton(words("kiosk.finish"), actions.SessionFinished(), Emphasis.PRIMARY)
    return KioskPage("number", heading, " ".join(lines), body, (*buttons, finish))


_PAGES: dict[VisitorStep, Callable[[KioskModel, VisitorSession, datetime], KioskPage]] = {
    VisitorStep.LANGUAGE: _language_page,
    VisitorStep.IDENTIFY: _identify_page,
    VisitorStep.CODE: _code_page,
    VisitorStep.SEARCH: _search_page,
    VisitorStep.HITS: _hits_page,
    VisitorStep.CONFIRM: _confirm_page,
    VisitorStep.WORKING: _working_page,
    VisitorStep.DONE: _done_page,
    VisitorStep.QUEUES: _queues_page,
    VisitorStep.NUMBER: _number_page,
}

# --- parts of pages


def _camera(model: KioskModel, words: Texts) -> Body:
    if reads_camera(model.facts):
        return CameraBody("", words("kiosk.camera_name"))
    return CameraBody("ticket" if reads_tickets(model.facts) else "keyboard", "")


def _entry(
    words: Texts, session: VisitorSession, kind: EntryKind, rows: tuple[str, ...], shortest: int
) -> EntryBody:
    is_name = kind is EntryKind.NAME
    alphabet = ""
    if has_other_alphabet(session.language):
        is_arabic = session.other_keys is not is_name
        alphabet = "ABC" if is_arabic else "\u0639\u0631\u0628\u064a"
    return EntryBody(
        kind,
        words("kiosk.field.name" if is_name else "kiosk.field.code"),
        rows,
        session.entry,
        words("kiosk.enter.name" if is_name else "kiosk.enter.code"),
        _back(words),
        words(session.problem) if session.problem else "",
        words("kiosk.key.space") if is_name else "",
        words("kiosk.key.erase"),
        alphabet,
        shortest,
    )


def _back(words: Texts, key: str = "kiosk.back") -> ActionButton:
    return ActionButton(words(key), actions.SteppedBack(), Emphasis.QUIET, "back")


def _quit(words: Texts) -> ActionButton:
    return ActionButton(words("kiosk.quit"), actions.SessionFinished(), Emphasis.QUIET, "close")


def _staff_button(words: Texts, session: VisitorSession) -> Sequence[ActionButton]:
    called = session.called_staff
    return (
        ActionButton(
            words("kiosk.staff_called" if called else "kiosk.call_staff"),
            actions.StaffCalled(),
            icon="person",
            enabled=not called,
        ),
    )


def _paper_lines(words: Texts, session: VisitorSession) -> list[str]:
    paper = session.paper
    if paper is None:
        return []
    if paper.stage in (PrintStage.PRINTING, PrintStage.PRINTED):
        return [words(f"kiosk.paper.{paper.stage.value}")]
    if paper.stage is PrintStage.UNSURE:
        return [words("kiosk.paper.unsure")]
    fault = words(f"kiosk.paper.{(paper.fault or PaperFault.FAILED).value}")
    return [
        fault,
        words("kiosk.paper.kept" if session.number and session.number.number else "kiosk.paper.kept_in"),
    ]


def _paper_buttons(words: Texts, session: VisitorSession) -> list[ActionButton]:
    if session.paper is None or session.paper.stage is PrintStage.PRINTING:
        return []
    return [ActionButton(words("kiosk.print_again"), actions.PrintRepeated(), icon="printer")]


def _queue_detail(words: Texts, queue: QueueChoice) -> str:
    if not queue.is_open:
        return closed_text(queue.opens_at, words)
    wait = wait_text(words, queue.low, queue.high)
    waiting = words("kiosk.queue_waiting", n=queue.waiting) if queue.waiting else words("kiosk.queue_empty")
    return " \u00b7 ".join(part for part in (waiting, wait) if part)


def staff_note(model: KioskModel, words: Texts) -> str:
    """Return the line for staff that names each device of this kiosk that needs somebody, "" if none does."""
    faults = [
        words(fault, since=words.clock(since.astimezone(model.time_zone)))
        for fault, since in model.reader_faults.items()
    ]
    paper = model.facts.kiosk.paper if model.facts.kiosk else None
    if paper is not None and (paper.fault or paper.is_low):
        faults.append(words("kiosk.staff.printer" if paper.fault else "kiosk.staff.paper_low"))
    return words("kiosk.for_staff", text=" \u00b7 ".join(faults)) if faults else ""
