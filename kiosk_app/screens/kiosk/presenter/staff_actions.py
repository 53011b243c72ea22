"""The actions of staff at a kiosk: the PIN, and the menu that it opens."""

from dataclasses import replace
from typing import Any

from hub_sync.contract.clock import Clock
from kiosk_app.kiosk_messages import (
    IDLE_CHOICES,
    CallStaff,
    KioskOptions,
    SaveKioskOptions,
    SessionEnd,
    UnlockKiosk,
)
from kiosk_app.messages import (
    Authorise,
    CloseWindow,
    EndAuthority,
    OpenScreen,
    PinAnswer,
    PinResult,
    ScreenCommand,
)
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.model import KioskModel, StaffMenu
from kiosk_app.screens.kiosk.presenter.visitor_actions import VisitorActions

_SCAN_CHOICES = (0, 1, 2, 3)
_Commands = list[ScreenCommand]


class StaffActions:
    """Changes the model by what staff do. The station checks the PIN again for everything that it protects."""

    def __init__(self, model: KioskModel, clock: Clock) -> None:
        self._model, self._clock = model, clock

    def handle(self, action: actions.KioskAction) -> _Commands:
        """Handle an action of staff."""
        now_ms = self._clock.monotonic_ms()
        if self._model.staff is None:
            return self._open(now_ms)
        staff = self._model.staff
        if not isinstance(action, actions.FocusMoved) or action.by_person:
            staff.last_input_ms = now_ms
        match action:
            case actions.SteppedBack() | actions.SessionFinished():
                return self._step_back(staff)
            case actions.OperatorChosen(operator_id):
                staff.operator_id, staff.problem, staff.entry = operator_id, None, staff.entry + 1
            case actions.EntryFinished(text):
                return self._enter(staff, text)
            case actions.MenuChosen(entry) if staff.page in ("menu", "quit"):
                return self._choose(staff, entry)
            case _:
                pass
        return []

    def take_answer(self, answer: PinAnswer) -> _Commands:
        """Take the answer about a PIN into account."""
        staff = self._model.staff
        if staff is None or staff.page != "pin":
            return []
        staff.is_checked = False
        if staff.operator_id:
            self._model.operators = answer.status
        if answer.result is PinResult.ACCEPTED:
            staff.page, staff.problem = "menu", None
        else:
            staff.problem, staff.entry = answer, staff.entry + 1
        return []

    def close(self) -> _Commands:
        """Leave the menu; the PIN is asked for again."""
        self._model.staff = None
        self._model.generation += 1
        return [EndAuthority()]

    def _open(self, now_ms: int) -> _Commands:
        supervisors = self._model.supervisors
        operator_id = supervisors[0].id if len(supervisors) == 1 else ""
        commands = VisitorActions(self._model, self._clock).end(SessionEnd.TERMINATED)
        self._model.staff = StaffMenu(operator_id=operator_id, last_input_ms=now_ms)
        return commands

    def _step_back(self, staff: StaffMenu) -> _Commands:
        if staff.page in ("notice", "quit"):
            staff.page = "menu"
            return []
        if staff.page == "pin" and staff.operator_id and len(self._model.supervisors) > 1:
            staff.operator_id, staff.problem = "", None
            return []
        return self.close()

    def _enter(self, staff: StaffMenu, text: str) -> _Commands:
        if staff.page == "notice":
            staff.page = "menu"
            return self._save(notice=" ".join(text.split()))
        has_local = self._model.facts.kiosk is not None and self._model.facts.kiosk.has_local_pin
        can_check = bool(staff.operator_id) or has_local
        if staff.page != "pin" or staff.is_checked or not text or not can_check:
            return []
        staff.is_checked, staff.problem = True, None
        staff.entry += 1
        return [Authorise(staff.operator_id, text) if staff.operator_id else UnlockKiosk(text)]

    def _choose(self, staff: StaffMenu, entry: str) -> _Commands:
        options = self._model.options
        staff.not_saved = False
        commands: dict[str, ScreenCommand] = {"help": CallStaff(wanted=False), "setup": OpenScreen("setup")}
        if staff.page == "quit":
            commands["quit_now"] = CloseWindow()
        if entry in commands:
            return [commands[entry]]
        match entry:
            case "notice":
                staff.page, staff.entry = "notice", staff.entry + 1
            case "quit":
                staff.page = "quit"
            case "idle_s":
                return self._save(idle_s=_next(IDLE_CHOICES, options.idle_s))
            case "switch_scan_s":
                return self._save(switch_scan_s=_next(_SCAN_CHOICES, options.switch_scan_s))
            case _ if isinstance(getattr(options, entry, None), bool):
                return self._save(**{entry: not getattr(options, entry)})
            case _:
                pass
        return []

    def _save(self, **changes: Any) -> _Commands:
        options: KioskOptions = replace(self._model.options, **changes)
        return [SaveKioskOptions(options)]


def _next(choices: tuple[int, ...], current: int) -> int:
    return next((choice for choice in choices if choice > current), choices[0])
