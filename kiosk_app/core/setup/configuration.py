"""The configuration that the hub wants of this station: what of it is applied at once, what at the next start, and what not, with the reason.

A setting of the command line, of the environment or of `station.toml` precedes the hub's: who stands at the machine knows it. Of what can be
chosen on the screen, the last word counts, the hub's or the supervisor's. The hub gets the truth: a setting counts as applied only while the
station works with it. A printer is used from the next job on; the other devices hold from the next start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from hardware.printer import PrinterAddress
from hardware.relay import create_board
from hardware.relay.address import RelayAddress
from hardware.scanner import ScannerAddress
from hub_sync.client.fleet.agent import CONFIGURATION
from hub_sync.client.store import Store
from hub_sync.contract.configuration import ConfigurationValues, SettingProblem, read_values
from hub_sync.contract.fleet import AppliedConfiguration, ConfigurationRow, NotApplied
from kiosk_app.core.appearance import Appearance, load_appearance, save_appearance
from kiosk_app.core.setup.board_choice import load_board, save_board
from kiosk_app.core.setup.camera_choice import check_camera, load_camera, save_camera
from kiosk_app.core.setup.mode_choice import save_mode, saved_mode
from kiosk_app.core.setup.printer_choice import load_printer, save_printer
from kiosk_app.core.setup.scanner_setup import load_scanner, save_scanner
from kiosk_app.core.station_options import load_options, save_options
from kiosk_app.messages import AppearanceChanged, NameDisplay, Publish, StationOptions, ignore
from kiosk_app.settings import StationSettings

UNKNOWN = "This station's program does not know the setting. It may need an update."
INVALID = "The station can't use this value."
FIXED = "It is set at the station itself: on its command line, in its environment or in station.toml."
CHANGED = "Somebody has changed it at the station since: {value}."
AT_RESTART = "It holds from the next start of the program on."
NOTHING = {
    "mode": "the mode of its profile",
    "camera": "no camera",
    "relay": "no relay board",
    "scanner": "no scanner",
    "printer": "no printer",
}
"""What is chosen where the address of a device is empty."""
OTHER_DEVICE = "It is the port of another device of this station."
NO_SCREEN = "This station's program has no such mode. It needs an update."
_DEVICE_WORDS = {
    OTHER_DEVICE: NotApplied.OTHER_DEVICE,
    NO_SCREEN: NotApplied.NO_SCREEN,
    INVALID: NotApplied.INVALID,
}
APPEARANCE, OPTIONS = ("theme", "language"), ("names", "volume", "speaks")
MACHINE = ("pulse_ms", "passage_window_s", "group_gap_ms", "group_release", "sound", "lan")
"""Settings that are read once, at the start."""
DEVICES = ("mode", "camera", "relay", "scanner", "printer")
"""Settings that the set-up of this station may choose, too; read at the start, but for the printer."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a setting is not applied: the word for the hub, the sentence, and the value of what was changed at the station."""

    word: NotApplied
    sentence: str
    actual: Any = None


class LivePrinter(Protocol):
    """The printer of this run."""

    @property
    def address_in_use(self) -> PrinterAddress | None:
        """The address on which jobs are printed now; None: there is no printer."""
        ...

    def may_use(self, address: PrinterAddress) -> bool:
        """Return False if an address is that of another device of this station: what a printer is sent could switch a relay on."""
        ...

    def use_from_now(self, address: PrinterAddress | None) -> None:
        """Print there from the next job on; None: nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Parts beside the screen on which a setting takes effect at once. `printer` None: it is chosen at the start only."""

    set_volume: Callable[[int], None] = lambda _: None
    set_speech: Callable[[bool], None] = lambda _: None
    set_language: Callable[[str], None] = lambda _: None
    printer: LivePrinter | None = None


@dataclass(slots=True)
class StationConfiguration:
    """Applies configurations. `in_use` are the settings with which this run of the program has begun, `fixed` those that the hub can't set."""

    settings: StationSettings = field(default_factory=StationSettings)
    in_use: Mapping[str, Any] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    publish: Publish = ignore
    modes: tuple[str, ...] = ("gate",)
    live: LiveSettings = field(default_factory=LiveSettings)

    def apply(self, store: Store, row: ConfigurationRow) -> AppliedConfiguration:
        """Apply a configuration as far as possible: at once, or saved for the next start.

        What the hub wanted before already is not applied again: the supervisor may have changed it since.

        Raises:
            StoreError: not all was saved; a repeated call saves the rest.
        """
        values, _ = read_values(row.values)
        before = wanted(store).set_values()
        news = {
            name: value
            for name, value in values.set_values().items()
            if name not in self.fixed and (name not in before or before[name] != value)
        }
        appearance = {name: news[name] for name in APPEARANCE if name in news}
        if appearance:
            save_appearance(store, **appearance)
            shown = self.appearance(store)
            self.live.set_language(shown.language)
            self.publish(AppearanceChanged(shown.theme, shown.language))
        self._apply_options(store, {name: news[name] for name in OPTIONS if name in news})
        for name in DEVICES:
            if name in news and not self._problem_of_device(name, news[name]):
                _save_device(store, name, str(news[name]))
                if name == "printer" and self.live.printer is not None:
                    self.live.printer.use_from_now(_printer(news[name]))
        return self.not_applied(store, row)

    def not_applied(self, store: Store, row: ConfigurationRow) -> AppliedConfiguration:
        """Return what of a configuration this run does not work with, and why.

        Raises:
            StoreError: the store could not be read.
        """
        values, problems = read_values(row.values)
        reasons = {
            name: Reason(NotApplied.UNKNOWN, UNKNOWN)
            if problem is SettingProblem.UNKNOWN
            else Reason(NotApplied.INVALID, INVALID)
            for name, problem in problems.items()
        }
        for name, value in values.set_values().items():
            if reason := self._reason(store, name, value):
                reasons[name] = reason
        first = dict(list({name[:64]: reason for name, reason in reasons.items()}.items())[:64])
        return AppliedConfiguration(
            version=row.version,
            not_applied={name: reason.sentence[:300] for name, reason in first.items()},
            reasons={name: reason.word.value for name, reason in first.items()},
            actual={name: reason.actual for name, reason in first.items() if reason.actual is not None},
        )

    def _reason(self, store: Store, name: str, value: Any) -> Reason | None:
        """Return why a setting is not applied, None if it is. Those of a kiosk are read from the store when they are needed."""
        reason = None
        if name in self.fixed:
            reason = Reason(NotApplied.FIXED, FIXED)
        elif name in APPEARANCE:
            reason = _changed(name, value, getattr(self.appearance(store), name))
        elif name in OPTIONS:
            reason = _changed(name, value, option_values(load_options(store))[name])
        elif name in DEVICES and (problem := self._problem_of_device(name, value)):
            reason = Reason(_DEVICE_WORDS.get(problem, NotApplied.ADDRESS), problem)
        elif name in DEVICES:
            reason = self._reason_of_device(store, name, value)
        elif name in MACHINE and self.in_use.get(name) != value:
            reason = Reason(NotApplied.AT_RESTART, AT_RESTART)
        return reason

    def _reason_of_device(self, store: Store, name: str, value: str) -> Reason | None:
        if _same_device(name, self.device_in_use(name), value):
            return None
        saved = _saved_device(store, name)
        if _same_device(name, saved, value):
            return Reason(NotApplied.AT_RESTART, AT_RESTART)
        return _say_changed(name, saved)

    def device_in_use(self, name: str) -> str:
        """Return the device of a setting that this run works with, "" if there is none."""
        if name == "printer" and (printer := self.live.printer) is not None:
            return "" if printer.address_in_use is None else printer.address_in_use.text
        return str(self.in_use.get(name, ""))

    def _problem_of_device(self, name: str, value: str) -> str:
        """Return why an address can't be used, "" if it can; no device is opened."""
        try:
            match name:
                case "mode":
                    return "" if value in self.modes else NO_SCREEN
                case "camera":
                    check_camera(value) if value else None
                case "relay":
                    create_board(value) if value else None
                case "scanner":
                    ScannerAddress.parse(value)
                case _:
                    address, printer = _printer(value), self.live.printer
                    if address is not None and printer is not None and not printer.may_use(address):
                        return OTHER_DEVICE
        except ValueError as error:
            return str(error) or INVALID
        return ""

    def appearance(self, store: Store) -> Appearance:
        """Return theme and language as they are now.

        Raises:
            StoreError: the store could not be read.
        """
        return load_appearance(store, Appearance(self.settings.theme, self.settings.language))

    def _apply_options(self, store: Store, news: Mapping[str, Any]) -> None:
        if not news:
            return
        options = load_options(store)
        if "names" in news:
            options = replace(options, names=NameDisplay(news["names"]))
        if "volume" in news:
            options = replace(options, volume=news["volume"])
        if "speaks" in news:
            options = replace(options, speaks=news["speaks"])
        save_options(store, options)
        self.live.set_volume(options.volume)
        self.live.set_speech(options.speaks)


@dataclass(frozen=True, slots=True)
class StartSettings:
    """The settings of a start: `settings` with the station's own choices and the hub's, and those that the hub can't set."""

    settings: StationSettings
    scanner: str
    fixed: frozenset[str]
    mode: str = ""

    def in_use(self) -> dict[str, Any]:
        """Return the values of the settings that are read once, at the start."""
        names = (*MACHINE, *(name for name in DEVICES if name not in ("scanner", "mode")))
        return {name: getattr(self.settings, name) for name in names} | {
            "scanner": self.scanner,
            "mode": self.mode,
        }


def wanted(store: Store) -> ConfigurationValues:
    """Return the values that the hub wants of this station; what this program does not understand is not among them.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(CONFIGURATION)
    row = ConfigurationRow(version=0) if saved is None else ConfigurationRow.model_validate(saved)
    return read_values(row.values)[0]


def start_settings(store: Store, settings: StationSettings, **command_line: str | None) -> StartSettings:
    """Return the settings of this start: the command line, then what was chosen at the station, then `settings`, then the hub's.

    `settings` are those of command line, environment and `station.toml`; what none of them sets may come from the hub.

    Raises:
        StoreError: the store could not be read.
    """
    values = wanted(store).set_values()
    fixed = frozenset(settings.model_fields_set) | {
        name for name, value in command_line.items() if value is not None
    }

    def explicit(name: str) -> str | None:
        """Return the value of the command line, or of station.toml where what is saved is the hub's only."""
        if command_line.get(name) is not None:
            return command_line[name]
        is_of_hub = name in values and _same_device(name, _saved_device(store, name), values[name])
        return str(getattr(settings, name)) if name in fixed and is_of_hub else None

    update = {name: values[name] for name in MACHINE if name in values and name not in fixed}
    update |= {
        "camera": load_camera(store, settings.camera, camera=explicit("camera")),
        "relay": load_board(store, settings.relay, relay=explicit("relay")),
        "printer": load_printer(store, settings.printer, printer=explicit("printer")),
    }
    scanner = load_scanner(store, settings.scanner, scanner=explicit("scanner"))
    return StartSettings(settings.model_copy(update=update), scanner, fixed)


def _changed(name: str, value: Any, actual: Any) -> Reason | None:
    return None if value == actual else _say_changed(name, actual)


def _say_changed(name: str, actual: Any) -> Reason:
    """Return what is set at the station, in words where the value is none."""
    if isinstance(actual, bool):
        value = "on" if actual else "off"
    else:
        value = NOTHING.get(name, "-") if actual == "" else str(actual)
    return Reason(
        NotApplied.CHANGED,
        CHANGED.format(value=value),
        actual[:300] if isinstance(actual, str) else actual,
    )


def option_values(options: StationOptions) -> dict[str, Any]:
    """Return options by the hub's names of them."""
    return {"names": options.names.value, "volume": options.volume, "speaks": options.speaks}


def _save_device(store: Store, name: str, value: str) -> None:
    match name:
        case "mode":
            save_mode(store, value)
        case "camera":
            save_camera(store, value)
        case "relay":
            save_board(store, RelayAddress.parse(value)) if value else store.settings.put("relay", "")
        case "scanner":
            save_scanner(store, ScannerAddress.parse(value))
        case _:
            save_printer(store, _printer(value))


def _printer(value: str) -> PrinterAddress | None:
    return PrinterAddress.parse(value) if value else None


def _saved_device(store: Store, name: str) -> str:
    match name:
        case "mode":
            return saved_mode(store)
        case "camera":
            return load_camera(store, "")
        case "relay":
            return load_board(store, "")
        case "scanner":
            return load_scanner(store, "")
        case _:
            return load_printer(store, "")


def is_saved_device(store: Store, name: str, value: str) -> bool:
    """Return True if a device was chosen at this station, and is the one of `value`.

    Raises:
        StoreError: the store could not be read.
    """
    saved = _saved_device(store, name)
    return bool(saved) and _same_device(name, saved, value)


def _same_device(name: str, first: str, second: str) -> bool:
    """Return True if two addresses name the same device, however they are written."""
    return first == second or _plain(name, first) == _plain(name, second)


def _plain(name: str, value: str) -> str:
    try:
        match name:
            case "relay":
                return RelayAddress.parse(value).text
            case "scanner":
                return str(ScannerAddress.parse(value))
            case "printer":
                return PrinterAddress.parse(value).text
    except ValueError:
        return value
    return value
