"""The aids of a visitor: larger text, contrast, lower buttons, the other alphabet, and reading aloud."""

from kiosk_app.core.kiosk.session import VisitorSession
from kiosk_app.kiosk_messages import Speak
from kiosk_app.messages import ScreenCommand
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.model import KioskModel

LARGEST_TEXT = 2
BEGINNING_AIDS = (
    actions.TextSizeChanged,
    actions.ContrastSwitched,
    actions.LowReachSwitched,
    actions.ReadingSwitched,
)
"""A touch of one of these on the start page begins a session with it."""
AID_ACTIONS = (
    *BEGINNING_AIDS,
    actions.ReadingRepeated,
    actions.ReadingSlowed,
    actions.FocusMoved,
    actions.AlphabetSwitched,
)


def change_aid(
    model: KioskModel, session: VisitorSession, action: actions.KioskAction
) -> list[ScreenCommand]:
    """Change an aid; return what the voice must say or leave."""
    match action:
        case actions.TextSizeChanged():
            session.text_size = (session.text_size + 1) % (LARGEST_TEXT + 1)
        case actions.ContrastSwitched():
            session.high_contrast = not session.high_contrast
        case actions.LowReachSwitched():
            session.low_reach = not session.low_reach
        case actions.AlphabetSwitched():
            session.other_keys = not session.other_keys
        case actions.ReadingSwitched():
            session.reads_aloud = not session.reads_aloud
            model.reading = ""
            return [] if session.reads_aloud else [Speak("", session.language)]
        case actions.ReadingRepeated():
            model.reading = ""
        case actions.ReadingSlowed():
            session.slow = not session.slow
            model.reading = ""
        case actions.FocusMoved(name=name):
            if session.reads_aloud and name:
                return [Speak(name, session.language, session.slow)]
        case _:
            pass
    return []
