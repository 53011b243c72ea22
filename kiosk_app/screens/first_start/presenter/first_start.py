"""Decides what the first start shows: one question at a time. Qt-free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hardware.scanner import ScannerProfile
from kiosk_app.messages import (
    CameraAvailability,
    ChooseMode,
    CodeCaptured,
    EnrolmentUpdate,
    EnrolStation,
    GateDeviceStatus,
    OpenScreen,
    PrinterReport,
    RestartProgram,
    SaveAppearance,
    ScanCaptured,
    ScannerAvailability,
    ScreenCommand,
    ScreenMessage,
)
from resources.themes import Signal
from resources.translations.catalogue import Texts, texts

Commands = Sequence[ScreenCommand]
DEVICES = ("camera", "scanner", "printer", "wiring", "sound")
"""The rows of the last step; each but the sound opens its page of the set-up, and the sound that of the ready check."""
_USED = {"kiosk": ("camera", "scanner", "printer", "sound"), "desk": (), "board": ("sound",)}
"""The devices of a mode, where they are not all; a turnstile at a kiosk is rare, and the set-up has it."""
_PAGES = {"sound": "ready"}
MODE_ICONS = {"gate": "entry", "kiosk": "person", "desk": "ticket", "board": "roster"}
_SCANNER_READY = (ScannerAvailability.WINDOW, ScannerAvailability.READY)


class StartStep(StrEnum):
    """The questions, in their order."""

    LANGUAGE = "language"
    CODE = "code"
    MODE = "mode"
    DEVICES = "devices"


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device in the last step. `signal` green: tried and good; amber: something to do; blue: not there, or not tried."""

    name: str
    title: str
    text: str
    signal: Signal
    icon: str


@dataclass(frozen=True, slots=True)
class FirstStartState:
    """Everything that the view shows."""

    step: StartStep = StartStep.LANGUAGE
    is_busy: bool = False
    problem: str = ""
    code: str = ""
    """What stands in the code's field, also if it was held up without the hub's address."""
    hub: str = ""
    name: str = ""
    mode: str = "gate"
    modes: tuple[str, ...] = ("gate",)
    devices: tuple[DeviceRow, ...] = ()
    camera: CameraAvailability = CameraAvailability.STARTING
    language: str = "en"
    steps: tuple[StartStep, ...] = tuple(StartStep)
    """The questions that are asked."""

    @property
    def has_camera(self) -> bool:
        """True if a camera is a device of the mode."""
        return any(row.name == "camera" for row in self.devices)

    @property
    def can_go_back(self) -> bool:
        """True unless the question before was answered for good: the code is used once."""
        return self.step is StartStep.CODE or (
            self.step is StartStep.DEVICES and StartStep.MODE in self.steps
        )


class FirstStartPresenter:
    """Keeps the state. `modes` are those that this program has, `hub` is the address that is offered.

    `mode` is that of the command line, which precedes any choice: the question is not asked. "": it names none.
    """

    def __init__(self, language: str, modes: tuple[str, ...], hub: str = "", mode: str = "") -> None:
        self.texts: Texts = texts(language)
        self._tried: set[str] = set()
        self._status = GateDeviceStatus(
            CameraAvailability.STARTING, sound=True, scanner=ScannerAvailability.WINDOW, relay=True
        )
        self._printer: Signal | None = None
        self._is_enrolling = False
        steps = tuple(step for step in StartStep if not (mode and step is StartStep.MODE))
        self.state = FirstStartState(
            hub=hub, modes=modes, mode=mode or modes[0], language=language, steps=steps
        )
        self._refresh()

    def receive(self, message: ScreenMessage) -> Commands:
        """Take a message of the workers into account; return the commands that follow from it."""
        match message:
            case EnrolmentUpdate():
                self._take_enrolment(message)
            case CodeCaptured(text):
                return self._take_code((text,), "camera")
            case ScanCaptured(scan):
                reading = scan.read(ScannerProfile())
                return self._take_code((reading.text, *reading.alternatives), "scanner")
            case GateDeviceStatus():
                self._status = message
            case PrinterReport():
                self._printer = Signal.GREEN if message.health.state.can_print else Signal.AMBER
            case _:
                return ()
        self._refresh()
        return ()

    def choose_language(self, language: str) -> Commands:
        """Speak a language from now on, and ask for the code."""
        self.texts = texts(language)
        self.state = replace(self.state, language=language, step=StartStep.CODE, problem="")
        self._refresh()
        return (SaveAppearance(language=language),)

    def enrol(self, code: str, hub: str) -> Commands:
        """Enrol with what was typed, which stays in its fields until it has worked."""
        if self._is_enrolling:
            return ()
        if not code.strip():
            self.state = replace(self.state, problem=self.texts("enrol.empty"))
            return ()
        self._is_enrolling = True
        self.state = replace(self.state, is_busy=True, problem="", hub=hub)
        return (EnrolStation(code, hub),)

    def note_typed(self, code: str, hub: str) -> None:
        """Remember what stands in the fields: the address counts for a code that is held up, too."""
        self.state = replace(self.state, code=code, hub=hub)

    def choose_mode(self, mode: str) -> Commands:
        """Run as a mode after the first start, and go on to the devices."""
        self.state = replace(self.state, mode=mode, step=StartStep.DEVICES)
        self._refresh()
        return (ChooseMode(mode),)

    def test(self, device: str) -> Commands:
        """Open the page where a device is chosen and tried."""
        self._tried.add(device)
        self._refresh()
        return (OpenScreen("setup", _PAGES.get(device, device)),)

    def start(self) -> Commands:
        """Begin to serve."""
        return (RestartProgram(),)

    def back(self) -> Commands:
        """Return to the question before. An enrolment is not undone: its code is used."""
        if self.state.can_go_back:
            steps = self.state.steps
            self.state = replace(self.state, step=steps[steps.index(self.state.step) - 1], problem="")
        self._refresh()
        return ()

    def _take_code(self, readings: Sequence[str], source: str) -> Commands:
        """Enrol with a code that was held up; in the last step, note that its reader works."""
        if self.state.step in (StartStep.LANGUAGE, StartStep.CODE):
            code = next((text for text in readings if text.lstrip().startswith("{")), readings[0])
            typed = self.state.code if code.lstrip().startswith("{") else code
            self.state = replace(self.state, step=StartStep.CODE, code=typed)
            return self.enrol(code, self.state.hub)
        self._tried.add(source)
        self._refresh()
        return ()

    def _take_enrolment(self, update: EnrolmentUpdate) -> None:
        if update.problem is None and not update.is_enrolled:
            self.state = replace(self.state, is_busy=True, problem="")
            return
        self._is_enrolling = False
        if update.problem is not None:
            sentence = self.texts(f"enrol.{update.problem.value}", hub=update.hub)
            self.state = replace(self.state, is_busy=False, problem=sentence, step=StartStep.CODE)
            return
        state, step = self.state, StartStep.MODE
        mode = update.profile if update.profile in state.modes else state.modes[0]
        if step not in state.steps:
            mode, step = state.mode, StartStep.DEVICES
        self.state = replace(state, is_busy=False, problem="", name=update.name, mode=mode, step=step)

    def _refresh(self) -> None:
        used, states = _USED.get(self.state.mode, DEVICES), self._device_states()
        rows = tuple(self._row(name, *states[name]) for name in used)
        self.state = replace(self.state, camera=self._status.camera, devices=rows)

    def _device_states(self) -> Mapping[str, tuple[Signal, str]]:
        """Return signal and text key of each device."""
        status = self._status
        camera = status.camera
        states = {
            "camera": (Signal.GREEN, "works")
            if "camera" in self._tried
            else (Signal.BLUE, "try_code")
            if camera is CameraAvailability.LIVE
            else (Signal.AMBER, "look"),
            "scanner": (Signal.GREEN, "works") if "scanner" in self._tried else (Signal.BLUE, "try_code"),
            "printer": (self._printer, "works" if self._printer is Signal.GREEN else "look")
            if self._printer is not None
            else (Signal.BLUE, "none"),
            "wiring": (Signal.BLUE, "try") if status.relay else (Signal.AMBER, "look"),
            "sound": (Signal.BLUE, "try") if status.sound else (Signal.AMBER, "look"),
        }
        if status.scanner not in _SCANNER_READY:
            states["scanner"] = (Signal.AMBER, "look")
        return states

    def _row(self, name: str, signal: Signal, key: str) -> DeviceRow:
        icons = {"wiring": "swap"}
        words = self.texts
        return DeviceRow(
            name, words(f"first.device.{name}"), words(f"first.device.{key}"), signal, icons.get(name, name)
        )
