"""What the gate screen shows, decided without Qt: scans, facts, time and acts in; a frozen state and intents out."""

from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import Clock
from kiosk_app import messages
from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.screens.gate.action_handler import perform
from kiosk_app.screens.gate.actions import Act, HoldScanning, Intent
from kiosk_app.screens.gate.model import Model
from kiosk_app.screens.gate.verdict_formatting import Voice, is_quiet
from kiosk_app.screens.gate.view_state import GateViewState
from kiosk_app.screens.gate.view_state_builder import compose
from resources.themes import THEMES
from resources.translations import texts


class Step(NamedTuple):
    """What came of one call: the screen as it is now, and what the station should do."""

    state: GateViewState
    intents: tuple[Intent, ...]


class GatePresenter:
    """Keeps what the gate screen knows. Not for two threads at once: it lives where the screen lives.

    Args:
        clock: wall clock, corrected by the measured offset, and monotonic time for the verdict's four seconds.
        language: one of `resources.translations.LANGUAGES`.
        theme: one of `resources.themes.THEMES`.
        time_zone: where times are shown until `EventInfo` tells better.
        operator: whose name stands in the override panel at first.

    Raises:
        KeyError: no such language or theme.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        language: str = "en",
        theme: str = "dark",
        time_zone: ZoneInfo | None = None,
        operator: str = "",
    ) -> None:
        if theme not in THEMES:
            raise KeyError(theme)
        self._clock = clock
        self._model = Model(texts(language), theme, time_zone or ZoneInfo("UTC"), operator)
        self._held = False
        self._state = self._compose()

    @property
    def state(self) -> GateViewState:
        """The screen as it is now."""
        return self._state

    def scanned(self, what: GateOutcome | Notice) -> Step:
        """A scan was decided, or could not be: show it.

        A person's scan closes an open panel, whose person is no longer the last; a poster's web address does not.
        """
        model, now_ms = self._model, self._clock.monotonic_ms()
        quiet = isinstance(what, GateOutcome) and is_quiet(what)
        model.stage.show(what, now_ms, quiet=quiet)
        if isinstance(what, GateOutcome):
            model.recent.add(what, self._voice())
            if not quiet:
                model.close_panel()
                model.refused.remember(what, now_ms)
        return self._step()

    def learned(self, fact: messages.Fact) -> Step:
        """Something about the station or its event is known now."""
        model = self._model
        match fact:
            case messages.EventInfo():
                model.time_zone = fact.time_zone
                model.recent.say_again(self._voice())
            case messages.LinkInfo():
                model.link = fact
            case messages.Occupancy():
                model.occupancy = fact
            case messages.Checkpoints():
                model.points = fact
            case messages.Devices():
                model.devices = fact
            case messages.Alarms():
                model.alarms = fact
            case messages.FoundPeople():
                if fact.query == model.search.query:
                    model.search.found = fact
            case messages.RecentScans():
                model.recent.start_with(fact.outcomes, self._voice())
            case _:
                assert_never(fact)
        return self._step()

    def tick(self) -> Step:
        """Time has passed: a verdict that has stood its time goes, ages and clock go on."""
        stage = self._model.stage
        if stage.shown is not None and self._clock.monotonic_ms() >= stage.until_ms:
            stage.clear()
        return self._step()

    def act(self, act: Act) -> Step:
        """A person did something to the screen."""
        language = self._model.texts
        intents = perform(self._model, act, self._clock.monotonic_ms())
        if self._model.texts is not language:
            self._model.recent.say_again(self._voice())
        return self._step(intents)

    def _step(self, intents: tuple[Intent, ...] = ()) -> Step:
        held = self._model.holds_scanning
        if held is not self._held:
            self._held = held
            intents = (*intents, HoldScanning(held))
        self._state = self._compose()
        return Step(self._state, intents)

    def _compose(self) -> GateViewState:
        return compose(self._model, self._voice(), self._clock.monotonic_ms())

    def _voice(self) -> Voice:
        return Voice(self._model.texts, self._model.time_zone, self._clock.now())
