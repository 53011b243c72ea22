"""Builds the desk's view state from its model."""

from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueuePriority
from kiosk_app.messages import PinAnswer, PinResult
from kiosk_app.queue_messages import DeskState, DeskTicket
from kiosk_app.screens.desk.presenter.model import DeskModel, DeskPanel
from kiosk_app.screens.desk.presenter.panels import choice_panel
from kiosk_app.screens.desk.presenter.view_state import (
    ChoicePanel,
    DeskButton,
    DeskCard,
    DeskNotice,
    DeskViewState,
    SideList,
)
from kiosk_app.screens.gate.presenter.view_state import PinPanel
from kiosk_app.ui.counter_text import counter_text
from kiosk_app.ui.items import Chip, ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts, texts

_MINUTE_S, _HOUR_S = 60, 3_600
_B = DeskButton
_CALLED = (_B.SERVE, _B.RECALL, _B.NO_SHOW, _B.PARK, _B.TRANSFER, _B.RETURN)
_SERVING = (_B.COMPLETE, _B.TRANSFER, _B.PARK, _B.RETURN)


def build_view_state(model: DeskModel, clock: Clock) -> DeskViewState:
    """Return the state to show now."""
    words, state, now_ms = texts(model.language), model.state, epoch_ms(clock.now())
    buttons, primary = _buttons(state)
    is_free = model.pending is None and not model.needs_sign_on
    enabled = frozenset(each for each in buttons if is_free or each is _B.MENU)
    if not state.waiting_count:
        enabled -= {_B.CALL_NEXT}
    counter = state.counter
    return DeskViewState(
        texts=words,
        theme=model.theme,
        counter="" if counter is None else counter_text(counter.name, words),
        queues="" if counter is None else " · ".join(counter.queues),
        clock=words.clock(clock.now().astimezone(state.time_zone)) if state.time_zone else "",
        operator=Chip(model.operator, icon="person") if model.operator else None,
        connection=_connection(state, words),
        card=_card(model, words, now_ms),
        buttons=buttons,
        enabled=enabled,
        primary=primary,
        waiting=_side_list("waiting", state.waiting, model, words, now_ms, count=state.waiting_count),
        parked=_side_list("parked", state.parked, model, words, now_ms),
        no_shows=_side_list("no_shows", state.no_shows, model, words, now_ms),
        notice=_notice(model, words),
        countdown=_countdown(model, words),
        panel=_panel(model, words),
    )


def duration(ms: int) -> str:
    """Format a length of time as a stopwatch does: 0:42, 12:05, 1:02:00."""
    seconds = max(0, ms) // 1000
    hours, rest = divmod(seconds, _HOUR_S)
    minutes, rest = divmod(rest, _MINUTE_S)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _buttons(state: DeskState) -> tuple[tuple[DeskButton, ...], DeskButton | None]:
    """Return the buttons of the moment, and the one that is meant most of the time."""
    if not state.is_available or state.counter is None:
        return (_B.MENU,), None
    if state.current is not None and state.current.status is QueueStatus.CALLED:
        return (*_CALLED, _B.MENU), _B.SERVE
    if state.current is not None:
        return (*_SERVING, _B.MENU), _B.COMPLETE
    if state.break_reason is not None:
        return (_B.END_BREAK, _B.MENU), _B.END_BREAK
    return (_B.CALL_NEXT, _B.BREAK, _B.MENU), _B.CALL_NEXT


def _connection(state: DeskState, words: Texts) -> Chip:
    connection = state.connection
    if state.closure is not None:  # the hub has answered, and says so
        return Chip(words(f"desk.closed.{state.closure.value}"), Signal.AMBER, "offline")
    if connection.is_hub_near:
        return Chip(words("desk.hub_near"), Signal.GREEN, "online")
    if connection.neighbours:
        return Chip(words("desk.hub_away_neighbours", n=connection.neighbours), Signal.AMBER, "offline")
    return Chip(words("desk.hub_away_alone"), Signal.AMBER, "offline")


def _card(model: DeskModel, words: Texts, now_ms: int) -> DeskCard:
    state = model.state
    if not model.has_state:
        return DeskCard(words("desk.starting"))
    if state.closure is not None or not state.is_available:
        key = "desk.unavailable" if state.closure is None else f"desk.closed.{state.closure.value}"
        return DeskCard(words(key), detail=words(f"{key}_text"), signal=Signal.AMBER)
    if state.current is not None:
        return _ticket_card(state.current, words, now_ms)
    if state.break_reason is not None:
        return DeskCard(
            words("desk.on_break"),
            detail=state.break_reason,
            timer=duration(now_ms - state.break_since_ms),
            signal=Signal.AMBER,
        )
    if state.waiting_count:
        return DeskCard(words("desk.free"), detail=words("desk.people_wait", n=state.waiting_count))
    return DeskCard(words("desk.nobody_waits"), detail=words("desk.nobody_waits_text"))


def _ticket_card(ticket: DeskTicket, words: Texts, now_ms: int) -> DeskCard:
    is_called = ticket.status is QueueStatus.CALLED
    since_ms = ticket.called_at_ms if is_called else ticket.served_at_ms
    details = [_isolated(ticket.queue_name), _isolated(ticket.category)]
    if ticket.priority is not QueuePriority.PLAIN:
        details.append(words(f"desk.priority.{ticket.priority.value}"))
    if is_called and ticket.recalls:
        details.append(words("desk.recalls", n=ticket.recalls))
    return DeskCard(
        words("desk.is_called" if is_called else "desk.is_served"),
        number=ticket.number,
        name=ticket.name,
        detail=" · ".join(part for part in details if part),
        timer=duration(now_ms - (since_ms or now_ms)),
        signal=Signal.BLUE if is_called else Signal.GREEN,
    )


def _side_list(
    kind: str,
    tickets: tuple[DeskTicket, ...],
    model: DeskModel,
    words: Texts,
    now_ms: int,
    *,
    count: int | None = None,
) -> SideList:
    counter = model.state.counter
    has_several = counter is not None and len(counter.queues) > 1
    rows = tuple(
        ListItem(
            ticket.id,
            ticket.number,
            _subtitle(kind, ticket, words, now_ms),
            icon="ticket" if ticket.priority is QueuePriority.PLAIN else "override",
            trailing=_isolated(ticket.queue_name) if has_several else "",
        )
        for ticket in tickets
    )
    number = len(rows) if count is None else count
    return SideList(words(f"desk.{kind}", n=number), words(f"desk.{kind}_empty"), rows)


def _subtitle(kind: str, ticket: DeskTicket, words: Texts, now_ms: int) -> str:
    parts = [_isolated(ticket.name)]
    if kind == "waiting":
        minutes = max(0, now_ms - ticket.waiting_since_ms) // 60_000
        parts.append(words("age.minutes", n=minutes))
    if ticket.priority is not QueuePriority.PLAIN:
        parts.append(words(f"desk.priority.{ticket.priority.value}"))
    if ticket.no_shows:
        parts.append(words("desk.missed", n=ticket.no_shows))
    return " · ".join(part for part in parts if part) or ticket.queue_name


def _isolated(text: str) -> str:
    """Set apart what people wrote, so that another direction turns nothing around it."""
    return f"\u2068{text}\u2069" if text else ""


def _notice(model: DeskModel, words: Texts) -> DeskNotice | None:
    if model.notice is not None:
        return model.notice
    conflict = next(iter(model.state.conflicts), None)
    if conflict is None:
        return None
    text = words(
        "desk.conflict",
        number=conflict.number,
        counter=counter_text(conflict.counter, words) if conflict.counter else "?",
    )
    return DeskNotice(text, Signal.RED, conflict.ticket_id)


def _countdown(model: DeskModel, words: Texts) -> str:
    seconds = model.state.auto_call_in_s
    return "" if seconds is None or model.needs_sign_on else words("desk.auto_call", n=seconds)


def _panel(model: DeskModel, words: Texts) -> ChoicePanel | PinPanel | None:
    if model.panel is None:
        return None
    return _pin_panel(model, words) if model.panel is DeskPanel.PIN else choice_panel(model, words)


def _pin_panel(model: DeskModel, words: Texts) -> PinPanel:
    choices = model.operators.choices
    selected = next((each for each in choices if each.id == model.operator_id), None)
    roles = {True: words("operator.supervisor"), False: words("operator.steward")}
    return PinPanel(
        title=words("pin.title"),
        text=words("desk.pin_text"),
        operators=tuple(
            ListItem(
                each.id,
                each.name,
                roles[each.is_supervisor],
                icon="check" if each is selected else "person",
                current=each is selected,
            )
            for each in choices
        ),
        selected=selected.name if selected else "",
        problem=_pin_problem(model.pin_problem, words),
        is_checked=model.is_pin_checked,
        can_cancel=False,
        attempt=model.pin_attempt,
    )


def _pin_problem(answer: PinAnswer | None, words: Texts) -> str:
    if answer is None:
        return ""
    if answer.result is PinResult.WAIT and answer.wait_s > _MINUTE_S:
        return words("pin.wait_minutes", n=-(-answer.wait_s // _MINUTE_S))
    return words(f"pin.{answer.result.value}", n=answer.wait_s)
