"""The board's presenter: what is shown of the queues, and when the board says that it knows nothing new."""

from datetime import timedelta

from hub_sync.contract.clock import Clock, epoch_ms
from kiosk_app.messages import AppearanceChanged, Notice, ScreenMessage
from kiosk_app.queue_messages import BoardQueue, BoardState, BoardTicket
from kiosk_app.screens.board.presenter.view_state import BoardCall, BoardFigure, BoardViewState
from kiosk_app.ui.age_text import age_text
from kiosk_app.ui.closed_text import closed_text
from kiosk_app.ui.counter_text import counter_text
from resources.translations.catalogue import Texts, texts

STALE_AFTER = timedelta(seconds=90)
"""A board that hears nobody for so long says that its numbers may be old."""
TURN_MS = 8_000
"""The time for which lines stay where there are more than fit."""


class BoardPresenter:
    """Decides what the board shows."""

    def __init__(self, clock: Clock, *, language: str, theme: str) -> None:
        self._clock, self._language, self._theme = clock, language, theme
        self._state: BoardState | None = None
        self._has_failed = False
        self._heard_ms = clock.monotonic_ms()

    def receive(self, message: ScreenMessage) -> BoardViewState:
        """Take a message of the workers into account."""
        if isinstance(message, BoardState):
            self._state, self._has_failed = message, False
        elif isinstance(message, AppearanceChanged):
            self._theme = message.theme or self._theme
            self._language = message.language or self._language
        elif message is Notice.STATION_FAILED:
            self._has_failed = True
        return self.state()

    def state(self) -> BoardViewState:
        """Return what the board shows now."""
        words, state = texts(self._language), self._state or BoardState()
        now_ms, connection = self._clock.monotonic_ms(), state.connection
        if connection.is_hub_near or connection.neighbours:
            self._heard_ms = now_ms
        lines = [_line(ticket, state, words) for ticket in state.serving]
        hero = next((line for line in lines if line.is_announced), None)
        hero = hero or next((line for line in lines if line.is_called), None)
        problem, detail = self._problem(state, words)
        return BoardViewState(
            texts=words,
            theme=self._theme,
            title=state.event_name,
            clock=words.clock(self._clock.now().astimezone(state.time_zone)) if state.time_zone else "",
            hero=hero,
            lines=tuple(line for line in lines if line != hero),
            recent=tuple(_line(ticket, state, words) for ticket in state.recent),
            figures=tuple(_figure(queue, words) for queue in state.queues),
            empty=words("board.empty"),
            out_of_order=problem,
            out_of_order_text=detail,
            note=self._note(state, words),
            turn=now_ms // TURN_MS,
        )

    def _problem(self, state: BoardState, words: Texts) -> tuple[str, str]:
        if self._has_failed:
            return words("board.out_of_order"), words("reason.station_failed")
        if self._state is None:
            return words("board.starting"), ""
        if not state.is_available:
            return words("board.out_of_order"), words("board.no_queues")
        return "", ""

    def _note(self, state: BoardState, words: Texts) -> str:
        """Return a sentence while nobody is heard: the numbers stay, with their age."""
        if state.closure is not None:
            return words(f"desk.closed.{state.closure.value}")
        silent_ms = self._clock.monotonic_ms() - self._heard_ms
        if self._state is None or silent_ms < STALE_AFTER / timedelta(milliseconds=1):
            return ""
        age = timedelta(milliseconds=silent_ms)
        if state.as_of_ms:
            age = max(age, timedelta(milliseconds=epoch_ms(self._clock.now()) - state.as_of_ms))
        return words("board.stale", age=age_text(age, words))


def _figure(queue: BoardQueue, words: Texts) -> BoardFigure:
    waiting = words("board.waiting", n=queue.waiting) if queue.waiting or queue.is_open else ""
    closed = "" if queue.is_open else closed_text(queue.opens_at, words)
    return BoardFigure(queue.letter, queue.name, waiting, closed)


def _line(ticket: BoardTicket, state: BoardState, words: Texts) -> BoardCall:
    counter = counter_text(ticket.counter, words) if ticket.counter else ""
    return BoardCall(
        ticket.id,
        ticket.number,
        counter,
        is_called=ticket.is_called,
        is_announced=ticket.id == state.announcing,
    )
