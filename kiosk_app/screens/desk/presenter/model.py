"""What the desk's presenter holds between two messages."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk_app.messages import OperatorStatus, PinAnswer
from kiosk_app.queue_messages import DeskCommand, DeskState, DeskTicket
from kiosk_app.screens.desk.presenter.view_state import DeskNotice

PENDING_MS = 8_000
"""A press that has no answer for so long does not hold the others any more."""
NOTICE_MS = 8_000


class DeskPanel(StrEnum):
    """A panel of the desk."""

    PIN = "pin"
    COUNTER = "counter"
    MENU = "menu"
    BREAK = "break"
    REASON = "reason"
    TICKET = "ticket"
    TRANSFER = "transfer"
    QUIT = "quit"


@dataclass(slots=True)
class DeskModel:
    """The desk as the presenter knows it. Times are by the monotonic clock."""

    language: str
    theme: str
    state: DeskState = field(default_factory=DeskState)
    has_state: bool = False
    operators: OperatorStatus = field(default_factory=OperatorStatus)
    panel: DeskPanel | None = None
    ticket_id: str = ""
    """The ticket that the open panel is about."""
    generation: int = 0
    """Counts the panels that were opened: what was typed into one is not in the next."""
    pending: DeskCommand | None = None
    pending_since_ms: int = 0
    notice: DeskNotice | None = None
    notice_until_ms: int = 0
    operator_id: str = ""
    pin_problem: PinAnswer | None = None
    pin_attempt: int = 0
    is_pin_checked: bool = False

    @property
    def operator(self) -> str:
        """The name of who is signed on; a station that the hub has closed shows no names."""
        signed_on = self.operators.signed_on
        return "" if signed_on is None or self.state.closure is not None else signed_on.name

    @property
    def needs_sign_on(self) -> bool:
        """True if nobody has signed on yet who must. Nobody is asked before it is known that the hub has not closed this station."""
        is_open = self.has_state and self.state.closure is None
        return is_open and self.operators.is_required and self.operators.signed_on is None

    def open(self, panel: DeskPanel | None, ticket_id: str = "") -> None:
        """Open a panel, None: close it."""
        self.panel, self.ticket_id = panel, ticket_id
        self.generation += 1

    def find(self, ticket_id: str) -> DeskTicket | None:
        """Return a ticket that the desk shows."""
        state = self.state
        shown = (*state.waiting, *state.parked, *state.no_shows, *((state.current,) if state.current else ()))
        return next((ticket for ticket in shown if ticket.id == ticket_id), None)
