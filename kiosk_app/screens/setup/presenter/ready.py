"""What the page of the ready check shows and decides, without Qt: a summary, a line for each part with what to do, and its button."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.ready_check import ReadyPart, ReadyReport, ReadyState
from kiosk_app.messages import (
    ConfirmTone,
    EventInfo,
    FinishReadyCheck,
    LeaveScreen,
    PlayTestTone,
    ReadyCheckState,
    ReadyCommand,
    ReadyItem,
    ScreenMessage,
    ScreenSleep,
    ShowReadyCheck,
    SyncNow,
)
from kiosk_app.ui.age_text import age_text
from resources.themes import Signal
from resources.translations.catalogue import Texts

Commands = tuple[ReadyCommand | SyncNow | LeaveScreen, ...]


class ReadyFix(StrEnum):
    """The button of a line."""

    SYNC = "sync"
    SCANNER = "scanner"
    """Opens the page of the scanner."""
    WIRING = "wiring"
    """Opens the page of the turnstile."""
    PRINTER = "printer"
    """Opens the page of the printer."""
    TONE = "tone"
    HEARD = "heard"
    NOT_HEARD = "not_heard"
    LEAVE = "leave"
    """Back to the gate, where it is done."""
    LEAVE_DESK = "leave_desk"
    """The same at a desk."""


PAGES = {ReadyFix.SCANNER: "scanner", ReadyFix.WIRING: "wiring", ReadyFix.PRINTER: "printer"}
"""The pages of the set-up screen that a button opens."""
_FIXES = {
    ReadyPart.ROSTER: ReadyFix.SYNC,
    ReadyPart.EVENTS: ReadyFix.SYNC,
    ReadyPart.HUB: ReadyFix.SYNC,
    ReadyPart.CHECKPOINT: ReadyFix.LEAVE,
    ReadyPart.OPERATORS: ReadyFix.LEAVE,
    ReadyPart.SCANNER: ReadyFix.SCANNER,
    ReadyPart.RELAY: ReadyFix.WIRING,
    ReadyPart.SENSOR: ReadyFix.WIRING,
    ReadyPart.SOUND: ReadyFix.TONE,
    ReadyPart.PRINTER: ReadyFix.PRINTER,
}
_WITHOUT_FIX = frozenset(
    {
        (ReadyPart.ROSTER, "not_enrolled"),
        (ReadyPart.ROSTER, "no_event"),
        (ReadyPart.ROSTER, "event_removed"),
        (ReadyPart.HUB, "not_enrolled"),
        (ReadyPart.HUB, "locked"),
        (ReadyPart.CHECKPOINT, "none_exists"),
        (ReadyPart.CHECKPOINT, "unknown"),
        (ReadyPart.SCANNER, "none"),
    }
)
_SIGNALS = {ReadyState.READY: Signal.GREEN, ReadyState.WARN: Signal.AMBER, ReadyState.NOT_READY: Signal.RED}
_OF_HUB = frozenset(
    {
        (ReadyPart.ROSTER, "event_removed"),
        (ReadyPart.CHECKPOINT, "not_chosen"),
        (ReadyPart.CHECKPOINT, "switched_off"),
    }
)
"""What is chosen at a gate; for any other station, at the hub."""
OF_ANY_PART = frozenset({"unread_store", "check_failed"})
"""Causes whose sentence is the same for every part."""


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A part: its name, what is wrong and what to do. `signal` None: this station has no such part."""

    part: ReadyPart
    label: str
    text: str
    signal: Signal | None
    fixes: tuple[ReadyFix, ...] = ()

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        return f"{self.label}: {self.text}"


@dataclass(frozen=True, slots=True)
class ReadyPageState:
    """The page. `signal` None: the gate has not answered yet."""

    title: str
    text: str
    signal: Signal | None
    rows: tuple[ReadyRow, ...]
    last: str
    can_finish: bool


class ReadyPresenter:
    """Holds the page's memory."""

    def __init__(self, texts: Texts, operator: str = "") -> None:
        self._texts, self._operator = texts, operator
        self._check: ReadyCheckState | None = None
        self._may_sleep: bool | None = None
        self._is_finished = False
        self._time_zone: ZoneInfo | None = None
        """That of the event, as at the gate; None: this machine's."""

    @property
    def state(self) -> ReadyPageState:
        """The page as it is now."""
        texts, check = self._texts, self._check
        if check is None:
            return ReadyPageState(
                texts("ready.looking"), texts("ready.looking_text"), None, (), "", can_finish=False
            )
        urgent = sum(item.state is ReadyState.NOT_READY for item in check.items)
        doubtful = sum(item.state is ReadyState.WARN for item in check.items)
        if urgent:
            title, text, signal = texts("ready.to_do", n=urgent), texts("ready.to_do_text"), Signal.RED
        elif doubtful:
            title, text, signal = (
                texts("ready.to_check", n=doubtful),
                texts("ready.to_check_text"),
                Signal.AMBER,
            )
        else:
            title, text, signal = texts("ready.open"), texts("ready.open_text"), Signal.GREEN
        rows = tuple(self._row(item, needs_ear=check.needs_ear) for item in check.items)
        return ReadyPageState(title, text, signal, rows, self._last(check.last), can_finish=True)

    def receive(self, message: ScreenMessage) -> None:
        """Take the check into account, and whether the screen may sleep."""
        if isinstance(message, ReadyCheckState):
            self._check = message
        elif isinstance(message, ScreenSleep):
            self._may_sleep = message.may_sleep
        elif isinstance(message, EventInfo):
            self._time_zone = message.time_zone

    def tick(self) -> Commands:
        """Ask for the check as it is now: it is shown live."""
        return (ShowReadyCheck(self._may_sleep),)

    def finish(self) -> Commands:
        """Store the check and report it."""
        if self._check is None:
            return ()
        self._is_finished = True
        return (FinishReadyCheck(self._operator),)

    def fix(self, fix: ReadyFix) -> Commands:
        """Do what a button says; one that opens a page is the page's own."""
        match fix:
            case ReadyFix.SYNC:
                return (SyncNow(),)
            case ReadyFix.TONE:
                return (PlayTestTone(),)
            case ReadyFix.HEARD | ReadyFix.NOT_HEARD:
                return (ConfirmTone(fix is ReadyFix.HEARD),)
            case ReadyFix.LEAVE | ReadyFix.LEAVE_DESK:
                return (LeaveScreen(),)
            case _:
                return ()

    def _row(self, item: ReadyItem, *, needs_ear: bool) -> ReadyRow:
        texts = self._texts
        at = "" if item.at is None else self._local(item.at)
        age = "" if item.age_s is None else age_text(timedelta(seconds=item.age_s), texts)
        return ReadyRow(
            item.part,
            texts(f"ready.part.{item.part.value}"),
            texts(self._key(item), n=item.n, at=at, age=age, name=item.name or "\u2013"),
            _SIGNALS.get(item.state),
            self._fixes(item, needs_ear=needs_ear),
        )

    def _key(self, item: ReadyItem) -> str:
        if item.cause in OF_ANY_PART:
            return f"ready.{item.cause}"
        key = f"ready.{item.part.value}.{item.cause}"
        if not self._is_gate and (item.part, item.cause) in _OF_HUB:
            return f"{key}.by_hub"
        is_of_desk = item.part is ReadyPart.OPERATORS and item.cause == "nobody" and not self._is_gate
        return f"{key}.at_desk" if is_of_desk else key

    @property
    def _is_gate(self) -> bool:
        return self._check is None or self._check.mode == "gate"

    def _fixes(self, item: ReadyItem, *, needs_ear: bool) -> tuple[ReadyFix, ...]:
        if item.state is ReadyState.NOT_APPLICABLE or item.cause in OF_ANY_PART:
            return ()
        if item.part is ReadyPart.SOUND and needs_ear:
            return (ReadyFix.HEARD, ReadyFix.NOT_HEARD)
        if item.state is ReadyState.READY or (item.part, item.cause) in _WITHOUT_FIX:
            return ()
        fix = _FIXES.get(item.part)
        if fix is ReadyFix.LEAVE and not self._is_gate:
            fix = ReadyFix.LEAVE_DESK if item.part is ReadyPart.OPERATORS else None
        return () if fix is None else (fix,)

    def _last(self, last: ReadyReport | None) -> str:
        if last is None:
            return self._texts("ready.never")
        n = sum(point.state == ReadyState.NOT_READY for point in last.points)
        values = {"at": self._local(from_epoch_ms(last.at_ms)), "name": last.operator or "\u2013"}
        return (
            self._texts("ready.last_open", **values)
            if last.is_ready
            else self._texts("ready.last", n=n, **values)
        )

    def _local(self, at: datetime) -> str:
        """Return the time as the gate's clock says it, isolated where the sentence runs against it."""
        text = f"{at.astimezone(self._time_zone):%Y-%m-%d %H:%M}"
        return f"\u2066{text}\u2069" if self._texts.rtl else text
