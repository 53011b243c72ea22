"""The gate screen. Importing this package imports no Qt; the widgets are in `view` and `screen`.

Wire it up
----------
    from kiosk_app.screens.gate import GatePresenter, facts, acts
    from kiosk_app.screens.gate.screen import GateScreen          # Qt

    presenter = GatePresenter(clock, language="en", theme="dark", operator="")
    screen = GateScreen(presenter)              # a QWidget; its own 200 ms timer drives the presenter's tick
    screen.intended.connect(handle)             # Signal(object): one of acts.Intent, see below
    window = StationWindow(screen)              # kiosk_app.shell.window; window.show() / window.showFullScreen()
    window.close_asked.connect(lambda: screen.act(acts.QuitAsked()))
    # in handle: acts.ToggleFullScreen() -> window.toggle_full_screen(); acts.Quit() -> window.finish()
    # first theme: kiosk_app.shell.window.theme_of_system(), or what KeepAppearance said last time

Slots of GateScreen, all for the Qt thread (connect workers' signals queued; every argument is frozen)
    scanned(GateOutcome | Notice)               # a verdict, or two codes / not ready
    learned(facts.Fact)                         # any of the facts below
    set_preview(QImage)                         # newest frame, any size (640x360 is plenty); paints, never lays out
    set_guide(x, y, w, h)                       # the guide as fractions of the frame, as hardware.codes has it

Facts (`kiosk_app.messages`; send one whenever it changes)
    EventInfo(name, time_zone)
    LinkInfo(state: LinkState, since, roster_at, roster_count, roster_max_age, waiting, set_aside)
    Occupancy(zones: tuple[ZoneCount(name, current, capacity), ...])
    Checkpoints(choices: tuple[CheckpointChoice(id, name, zone, direction), ...], current_id, direction)
    Devices(camera: CameraState, sound: bool, relay: bool)
    FoundPeople(query, people: tuple[FoundPerson(participant_id, name, registration_code, category, inside), ...], more)
    RecentScans(outcomes)                       # newest first, once at start

Intents (`kiosk_app.screens.gate.actions`; what `intended` carries)
    SubmitCode(text)  SearchPeople(query)  AdmitPerson(participant_id)  RepeatWithOverride(subject, override, row_id)
    ServeCheckpoint(id)  SetDirection(direction)  HoldScanning(on)  KeepAppearance(theme, language)
    ToggleFullScreen()  Quit()
    SubmitCode may carry a whole ticket: a keyboard-wedge scanner types into the input line and presses Enter.

Presenter (Qt-free; every call returns Step(state, intents); the state is at `.state` too)
    GatePresenter(clock, *, language="en", theme="dark", time_zone=None, operator="")
    .scanned(GateOutcome | Notice)   .learned(Fact)   .tick()   .act(Act)

View (Qt; normally driven by GateScreen)
    GateView().render(GateViewState)   .acted = Signal(object)   # one of acts.Act

Rules it keeps: never green unless `outcome.is_green`; a verdict stands until the next scan or four seconds; NOT_A_TICKET
takes a standing verdict away and says so in a quiet banner; a new scan closes an open panel.
"""

from kiosk_app.screens.gate.presenter import GatePresenter
from kiosk_app.screens.gate.view_state import GateViewState

__all__ = ["GatePresenter", "GateViewState"]
