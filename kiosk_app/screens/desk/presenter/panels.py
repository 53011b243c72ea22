"""The panels of the desk that are a list to choose from."""

from hub_sync.contract.enums import QueueStatus
from kiosk_app.queue_messages import DeskCounter, DeskQueue
from kiosk_app.screens.desk.presenter.model import DeskModel, DeskPanel
from kiosk_app.screens.desk.presenter.view_state import ChoicePanel
from kiosk_app.ui.closed_text import closed_text
from kiosk_app.ui.counter_text import counter_text
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

BREAK_REASONS = ("desk.break.pause", "desk.break.meal", "desk.break.meeting", "desk.break.technical")
OUT_OF_ORDER_REASONS = (
    "desk.reason.assistance",
    "desk.reason.appointment",
    "desk.reason.was_missed",
    "desk.reason.with_somebody",
)


def choice_panel(model: DeskModel, words: Texts) -> ChoicePanel:
    """Return the panel that is open, as a list."""
    panel = model.panel or DeskPanel.MENU
    ticket = model.find(model.ticket_id)
    number = "" if ticket is None else ticket.number
    titles = {
        DeskPanel.COUNTER: words("desk.panel.counter"),
        DeskPanel.MENU: words("ui.menu"),
        DeskPanel.BREAK: words("desk.panel.break"),
        DeskPanel.REASON: words("desk.panel.reason", number=number),
        DeskPanel.TICKET: number,
        DeskPanel.TRANSFER: words("desk.panel.transfer", number=number),
        DeskPanel.QUIT: words("desk.panel.quit"),
    }
    has_input = panel in (DeskPanel.BREAK, DeskPanel.REASON)
    return ChoicePanel(
        titles[panel],
        "" if panel in (DeskPanel.MENU, DeskPanel.TICKET) else words(f"desk.panel.{panel.value}_text"),
        _rows(panel, model, words),
        words("desk.panel.other_reason") if has_input else "",
        can_cancel=panel is not DeskPanel.COUNTER,
        generation=model.generation,
    )


def _rows(panel: DeskPanel, model: DeskModel, words: Texts) -> tuple[ListItem, ...]:
    if panel in _REASONS:
        return tuple(ListItem(key, words(key), icon="circle") for key in _REASONS[panel])
    if panel is DeskPanel.QUIT:
        return (ListItem("confirm_quit", words("desk.menu.quit"), icon="power"),)
    build = {
        DeskPanel.COUNTER: _counter_rows,
        DeskPanel.TICKET: _ticket_rows,
        DeskPanel.TRANSFER: _transfer_rows,
    }.get(panel, _menu_rows)
    return build(model, words)


_REASONS = {DeskPanel.BREAK: BREAK_REASONS, DeskPanel.REASON: OUT_OF_ORDER_REASONS}


def _counter_rows(model: DeskModel, words: Texts) -> tuple[ListItem, ...]:
    counters = (_counter_row(each, words) for each in model.state.counters)
    return (*counters, ListItem("menu", words("ui.menu"), icon="menu"))


def _counter_row(counter: DeskCounter, words: Texts) -> ListItem:
    """Return a counter to choose. One that another desk has can be chosen all the same: that desk may have broken down."""
    name, queues = counter_text(counter.name, words), " · ".join(counter.queues)
    if counter.taken_by is None:
        return ListItem(counter.id, name, queues, icon="place")
    who = words("desk.counter.taken_by", who=counter.taken_by or words("desk.counter.other_desk"))
    return ListItem(
        counter.id,
        name,
        " · ".join(part for part in (who, queues) if part),
        icon="place",
        badge=words("desk.counter.taken"),
        signal=Signal.AMBER,
    )


def _ticket_rows(model: DeskModel, words: Texts) -> tuple[ListItem, ...]:
    ticket = model.find(model.ticket_id)
    if ticket is None:
        return ()
    rows = []
    is_waiting = ticket.status is QueueStatus.WAITING
    may_call = not is_waiting or ticket.can_pick or model.state.waiting[:1] == (ticket,)
    if may_call and model.state.current is None and model.state.break_reason is None:
        rows.append(ListItem("call", words("desk.ticket.call"), icon="sound"))
    if not is_waiting:
        rows.append(ListItem("return", words("desk.ticket.return"), icon="undo"))
    if ticket.status is not QueueStatus.NO_SHOW:
        rows.append(ListItem("transfer", words("desk.button.transfer"), icon="swap"))
    return tuple(rows)


def _transfer_rows(model: DeskModel, words: Texts) -> tuple[ListItem, ...]:
    state = model.state
    rows = [
        ListItem(queue.id, queue.name, _queue_text(queue, words), icon="ticket") for queue in state.queues
    ]
    for counter in state.counters:
        queue = _queue_at(model, counter)
        if queue is not None and counter != state.counter:
            name = counter_text(counter.name, words)
            rows.append(ListItem(f"{queue.id}/{counter.id}", name, " · ".join(counter.queues), icon="place"))
    return tuple(rows)


def _queue_text(queue: DeskQueue, words: Texts) -> str:
    waiting = words("desk.people_wait", n=queue.waiting)
    return waiting if queue.is_open else f"{closed_text(queue.opens_at, words)} \u00b7 {waiting}"


def _queue_at(model: DeskModel, counter: DeskCounter) -> DeskQueue | None:
    """Return the queue in which a ticket waits for another counter: its own, if that counter serves it."""
    ticket = model.find(model.ticket_id)
    queues = [each for each in model.state.queues if each.name in counter.queues]
    own = [each for each in queues if ticket is not None and each.name == ticket.queue_name]
    return next(iter([*own, *queues]), None)


def _menu_rows(model: DeskModel, words: Texts) -> tuple[ListItem, ...]:
    rows = []
    if model.state.counter is not None:
        rows.append(ListItem("leave_counter", words("desk.menu.leave_counter"), icon="exit"))
    if model.operators.signed_on is not None:
        rows.append(ListItem("sign_off", words("desk.menu.sign_off"), model.operator, icon="person"))
    rows += [
        ListItem("language", words("desk.menu.language"), words.name, icon="swap"),
        ListItem("theme", words("desk.menu.theme"), words(f"menu.theme.{model.theme}"), icon=model.theme),
        ListItem("full_screen", words("desk.menu.full_screen"), icon="full-screen"),
        ListItem("quit", words("desk.menu.quit"), icon="power"),
    ]
    return tuple(rows)
