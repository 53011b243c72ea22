"""What the scanner's page shows and decides, without Qt: findings of the test code, advice, the choice of a scanner."""

from dataclasses import dataclass

from hardware.scanner import (
    KEYS,
    ScannerAddress,
    ScannerChoice,
    ScannerFindings,
    Suffix,
    examine,
)
from kiosk_app.messages import ListScanners, ScanCaptured, ScannerChoices, ScreenMessage, UseScanner
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

TRIAL_MS = 30_000
"""A scanner that was chosen and has not read the test code by then is given back: it may be the operator's keyboard."""
LIST_EVERY_MS = 2_000
Commands = tuple[ListScanners | UseScanner, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One thing that the station learned. `signal` AMBER: something is to be changed at the scanner."""

    label: str
    value: str
    signal: Signal = Signal.GREEN


@dataclass(frozen=True, slots=True)
class ScannerPageState:
    """The page. `signal` None: nothing was scanned yet."""

    title: str
    text: str
    signal: Signal | None = None
    rows: tuple[FindingRow, ...] = ()
    advice: tuple[str, ...] = ()
    raw: str = ""
    choices: tuple[ListItem, ...] = ()
    can_save: bool = False


class ScannerSetupPresenter:
    """Holds the page's memory. Times are monotonic milliseconds."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._choices = ScannerChoices((ScannerChoice(KEYS),), KEYS)
        self._findings: ScannerFindings | None = None
        self._source = ""
        self._before: str | None = None
        self._trial_until_ms = self._list_at_ms = 0
        self._trial_failed = False

    @property
    def state(self) -> ScannerPageState:
        """The page as it is now."""
        findings, texts = self._findings, self._texts
        if findings is None:
            text = "setup.scanner.trial_failed" if self._trial_failed else self._waiting_key()
            signal = Signal.AMBER if self._trial_failed or self._choices.fault is not None else None
            return ScannerPageState(
                texts("setup.scanner.heading"), texts(text), signal, choices=self._items()
            )
        if findings.profile is None:
            return ScannerPageState(
                texts("setup.scanner.other"),
                texts("setup.scanner.other_text"),
                Signal.RED,
                raw=self._isolated(findings.text),
                choices=self._items(),
            )
        advice = self._advice(findings)
        saved = self._choices.saved and self._address(findings) == self._choices.current
        key = "saved" if saved else "advice" if advice else "fine"
        return ScannerPageState(
            texts(f"setup.scanner.{key}"),
            texts(f"setup.scanner.{key}_text"),
            Signal.AMBER if advice else Signal.GREEN,
            self._rows(findings),
            advice,
            self._isolated(findings.text),
            self._items(),
            can_save=not saved and not findings.machine_layout,
        )

    def receive(self, message: ScreenMessage) -> None:
        """Take a scan or the list of scanners into account."""
        match message:
            case ScanCaptured(scan, source):
                self._findings, self._source = examine(scan), source
                self._trial_failed = False
                if self._findings.profile is not None and source == self._place():
                    self._before = None  # it is a scanner: the trial is over
            case ScannerChoices():
                self._choices = message

    def select(self, address: str, now_ms: int) -> Commands:
        """Try another scanner."""
        if ScannerAddress.parse(address).place == self._place():
            return ()
        if self._before is None:
            self._before = self._choices.current
        self._findings, self._trial_failed = None, False
        self._trial_until_ms = now_ms + TRIAL_MS
        return (UseScanner(address),)

    def save(self) -> Commands:
        """Keep what was learned."""
        if self._findings is None or not self.state.can_save:
            return ()
        self._before = None
        return (UseScanner(self._address(self._findings), save=True),)

    def tick(self, now_ms: int) -> Commands:
        """List the scanners now and then, since one may be plugged in; end a trial in which nothing was read."""
        if self._before is not None and now_ms >= self._trial_until_ms:
            self._trial_failed = True
            return self.leave()
        if now_ms < self._list_at_ms:
            return ()
        self._list_at_ms = now_ms + LIST_EVERY_MS
        return (ListScanners(),)

    def leave(self) -> Commands:
        """Give a scanner back that has read nothing."""
        before, self._before = self._before, None
        return () if before is None else (UseScanner(before),)

    # --- inside

    def _place(self) -> str:
        return ScannerAddress.parse(self._choices.current).place

    def _address(self, findings: ScannerFindings) -> str:
        """Return the address with what was learned; keys in the window are no scanner's on a serial line."""
        current = ScannerAddress.parse(self._choices.current if self._source == self._place() else KEYS)
        return str(current if findings.profile is None else current.with_profile(findings.profile))

    def _waiting_key(self) -> str:
        fault = self._choices.fault
        return "setup.scanner.text" if fault is None else f"alarm.scanner.{fault.value}"

    def _items(self) -> tuple[ListItem, ...]:
        texts, place = self._texts, self._place()
        items = []
        for choice in self._choices.choices:
            address = ScannerAddress.parse(choice.address)
            is_current = address.place == place
            items.append(
                ListItem(
                    id=choice.address,
                    title=choice.name or texts("setup.scanner.keys"),
                    subtitle=texts(f"setup.scanner.kind.{address.scheme}"),
                    icon="check" if is_current else "scanner",
                    current=is_current,
                )
            )
        return tuple(items)

    def _rows(self, findings: ScannerFindings) -> tuple[FindingRow, ...]:
        texts, profile = self._texts, findings.profile
        if profile is None:
            return ()
        rows = [
            FindingRow(
                texts("setup.scanner.row.layout"),
                texts("setup.scanner.same_layout") if not profile.layout else profile.layout.upper(),
                Signal.AMBER if findings.machine_layout else Signal.GREEN,
            ),
            FindingRow(
                texts("setup.scanner.row.prefix"),
                self._isolated(findings.prefix) if findings.prefix else texts("setup.scanner.nothing"),
            ),
            FindingRow(
                texts("setup.scanner.row.suffix"),
                self._suffix(findings),
                Signal.AMBER if findings.unknown_suffix else Signal.GREEN,
            ),
            FindingRow(
                texts("setup.scanner.row.caps"),
                texts("setup.scanner.on" if profile.caps_lock else "setup.scanner.off"),
                Signal.AMBER if profile.caps_lock else Signal.GREEN,
            ),
        ]
        if findings.slowest_ms:
            speed = texts("setup.scanner.speed", mean=findings.mean_ms, slowest=findings.slowest_ms)
            signal = Signal.AMBER if self._is_too_slow(findings) else Signal.GREEN
            rows.append(FindingRow(texts("setup.scanner.row.speed"), speed, signal))
        return tuple(rows if self._source.partition(":")[0] != "serial" else rows[1:])

    def _isolated(self, text: str) -> str:
        """Return a text that reads from left to right among Arabic letters: else its brackets turn round."""
        return f"\u2066{text}\u2069" if self._texts.rtl else text

    def _suffix(self, findings: ScannerFindings) -> str:
        suffix = Suffix.ANY if findings.profile is None else findings.profile.suffix
        if suffix is Suffix.NONE:
            return self._texts("setup.scanner.nothing")
        if suffix is Suffix.CR and self._source.partition(":")[0] != "serial":
            return self._texts("setup.scanner.enter")
        return self._isolated(findings.suffix)

    def _is_too_slow(self, findings: ScannerFindings) -> bool:
        """Return True if a person could type so: it matters in the window only."""
        return findings.is_slow and self._source == KEYS

    def _advice(self, findings: ScannerFindings) -> tuple[str, ...]:
        texts, profile, advice = self._texts, findings.profile, []
        if profile is not None and findings.machine_layout:
            names = {"scanner": profile.layout.upper(), "machine": findings.machine_layout.upper()}
            advice.append(texts("setup.scanner.advice.layout", **names))
        if profile is not None and profile.caps_lock:
            advice.append(texts("setup.scanner.advice.caps"))
        if findings.unknown_suffix:
            advice.append(texts("setup.scanner.advice.suffix", suffix=self._isolated(findings.suffix)))
        if self._is_too_slow(findings):
            advice.append(texts("setup.scanner.advice.slow"))
        return tuple(advice)
