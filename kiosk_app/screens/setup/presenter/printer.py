"""What the page of the printer shows and decides, without Qt: which printer, its state, a test slip, and what a person says of it."""

from dataclasses import dataclass
from datetime import timedelta

from hardware.printer import (
    PagePaper,
    PrinterAddress,
    PrinterAddressError,
    PrinterState,
    PrintFailure,
    PrintOutcome,
)
from kiosk_app.messages import (
    AnswerPrint,
    PrinterCommand,
    PrinterSetupState,
    PrintTest,
    ScreenMessage,
    ShowPrinter,
    UsePrinter,
)
from kiosk_app.ui.age_text import age_text
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

Commands = tuple[PrinterCommand, ...]
NONE = "none"
"""The id of the line for no printer."""
EXAMPLE = "escpos+tcp://192.0.2.7:9100"
WIDTHS = ("576", "384")
_CALM = frozenset({PrinterState.READY, PrinterState.UNREPORTED, PrinterState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class PrinterRow:
    """A fact with its mark."""

    label: str
    value: str
    signal: Signal = Signal.GREEN


@dataclass(frozen=True, slots=True)
class PrinterPageState:
    """The page. `signal` None: nothing was tried yet. `other_width` empty: the paper has no other width to try."""

    title: str
    text: str
    signal: Signal | None
    rows: tuple[PrinterRow, ...]
    last: str
    choice: str
    printers: tuple[ListItem, ...]
    other_width: str
    can_print: bool
    can_answer: bool
    is_printing: bool


class PrinterPresenter:
    """Holds the page's memory."""

    def __init__(self, texts: Texts, operator: str = "") -> None:
        self._texts, self._operator = texts, operator
        self._setup = PrinterSetupState()
        self._answer: bool | None = None

    @property
    def state(self) -> PrinterPageState:
        """The page as it is now."""
        setup, texts = self._setup, self._texts
        title, text, signal = self._verdict()
        return PrinterPageState(
            title,
            text,
            signal,
            self._rows(),
            self._last(),
            texts("setup.printer.searching" if setup.choices is None else "setup.printer.choice"),
            self._printers(),
            self._other_width(),
            can_print=bool(setup.address) and not setup.is_printing and not setup.needs_eye,
            can_answer=setup.needs_eye,
            is_printing=setup.is_printing,
        )

    def receive(self, message: ScreenMessage) -> None:
        """Take the set-up's state into account."""
        if isinstance(message, PrinterSetupState):
            self._setup = message

    def tick(self) -> Commands:
        """Ask for the state: it is shown live."""
        return (ShowPrinter(),)

    def print_test(self) -> Commands:
        """Print a test slip."""
        if not self.state.can_print:
            return ()
        self._answer = None
        return (PrintTest(self._texts.code),)

    def answer(self, *, is_good: bool) -> Commands:
        """Store what the person saw."""
        if not self._setup.needs_eye:
            return ()
        self._answer = is_good
        return (AnswerPrint(is_good, self._operator),)

    def choose(self, address: str) -> Commands:
        """Use a printer of the list."""
        if address == (self._setup.address or NONE):
            return ()
        self._answer = None
        return (UsePrinter("" if address == NONE else address),)

    def use_address(self, text: str) -> Commands:
        """Use the address that somebody typed; a host alone is a receipt printer on the network."""
        text = text.strip()
        if not text:
            return ()
        self._answer = None
        return (UsePrinter(text if "://" in text else f"escpos+tcp://{text}"),)

    def use_other_width(self) -> Commands:
        """Print for the other width of paper."""
        width = self._other_width_dots()
        if not width:
            return ()
        self._answer = None
        return (UsePrinter(PrinterAddress.parse(self._setup.address).with_option("width", width).text),)

    # --- inside

    def _verdict(self) -> tuple[str, str, Signal | None]:
        setup, texts = self._setup, self._texts
        if setup.has_bad_address:
            text = texts("setup.printer.bad_address_text", example=EXAMPLE)
            return texts("setup.printer.bad_address"), text, Signal.AMBER
        if not setup.address:
            return self._sentence("none", None)
        if setup.needs_eye:
            is_unsure = setup.result is not None and setup.result.outcome is PrintOutcome.UNSURE
            text = texts("setup.printer.unsure_text" if is_unsure else "setup.printer.question_text")
            return texts("setup.printer.question"), text, Signal.BLUE
        return self._sentence("printing", Signal.BLUE) if setup.is_printing else self._verdict_of_print()

    def _verdict_of_print(self) -> tuple[str, str, Signal | None]:
        """Return what became of the last test print; before it, what the printer says of itself."""
        setup, texts = self._setup, self._texts
        if setup.result is not None and setup.result.outcome is PrintOutcome.FAILED:
            failure = setup.result.failure or PrintFailure.PROGRAM_FAILED
            return texts("setup.printer.failed"), texts(f"print.failure.{failure.value}"), Signal.RED
        if setup.health.state not in _CALM and setup.health.state is not PrinterState.PAPER_LOW:
            state = texts(f"printer.state.{setup.health.state.value}")
            return texts("setup.printer.trouble"), state, Signal.RED
        if self._answer is None:
            return self._sentence("heading", None)
        return self._sentence(*(("good", Signal.GREEN) if self._answer else ("bad", Signal.AMBER)))

    def _sentence(self, key: str, signal: Signal | None) -> tuple[str, str, Signal | None]:
        return self._texts(f"setup.printer.{key}"), self._texts(f"setup.printer.{key}_text"), signal

    def _rows(self) -> tuple[PrinterRow, ...]:
        setup, texts = self._setup, self._texts
        if not setup.address:
            return ()
        state = setup.health.state
        signal = (
            Signal.GREEN
            if state is PrinterState.READY
            else Signal.BLUE
            if state in _CALM
            else Signal.AMBER
            if state.can_print
            else Signal.RED
        )
        return (
            PrinterRow(texts("setup.printer.device"), setup.address, Signal.BLUE),
            PrinterRow(texts("setup.printer.state"), texts(f"printer.state.{state.value}"), signal),
            PrinterRow(texts("setup.printer.paper"), self._paper(), Signal.BLUE),
        )

    def _paper(self) -> str:
        paper = PrinterAddress.parse(self._setup.address).paper
        if isinstance(paper, PagePaper):
            width, height = f"{paper.width_mm:g}", f"{paper.height_mm:g}"
            return self._texts("setup.printer.pages", width=width, height=height)
        return self._texts("setup.printer.roll", n=paper.width)

    def _printers(self) -> tuple[ListItem, ...]:
        setup, texts = self._setup, self._texts
        current = _place(setup.address)
        items = [
            ListItem(id=NONE, title=texts("setup.printer.none"), icon="close", current=not setup.address)
        ]
        choices = {choice.address: choice.name for choice in setup.choices or ()}
        if setup.address and not any(_place(address) == current for address in choices):
            items.append(ListItem(id=setup.address, title=setup.address, icon="check", current=True))
        for address, name in choices.items():
            is_current = bool(setup.address) and _place(address) == current
            items.append(
                ListItem(
                    id=setup.address if is_current else address,
                    title=name or address,
                    subtitle=address if name else "",
                    icon="check" if is_current else "swap",
                    current=is_current,
                )
            )
        return tuple(items)

    def _other_width(self) -> str:
        width = self._other_width_dots()
        return self._texts("setup.printer.width", n=int(width)) if width else ""

    def _other_width_dots(self) -> str:
        """Return the other usual width where a test print came out wrong."""
        setup = self._setup
        if not setup.address or self._answer is not False:
            return ""
        address = PrinterAddress.parse(setup.address)
        if not address.is_roll:
            return ""
        current = address.options.get("width", WIDTHS[0])
        return next(width for width in WIDTHS if width != current)

    def _last(self) -> str:
        last, texts = self._setup.last, self._texts
        if last is None or last.address != self._setup.address:
            return texts("setup.printer.never") if self._setup.address else ""
        key = "setup.printer.last_good" if last.is_good else "setup.printer.last_bad"
        age = age_text(timedelta(seconds=self._setup.last_age_s), texts)
        return texts(key, age=age, name=last.operator or "\u2013")


def _place(text: str) -> tuple[object, ...]:
    """Return what says which printer an address means, without its options."""
    try:
        address = PrinterAddress.parse(text)
    except PrinterAddressError:
        return ()
    return address.scheme, address.place, address.port, address.usb
