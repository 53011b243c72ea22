"""The model behind the kiosk's view: what the station has reported, and the one visitor who is served."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from kiosk_app.core.kiosk.session import SCANNING_STEPS, VisitorSession
from kiosk_app.kiosk_messages import KioskOptions
from kiosk_app.messages import (
    ConnectionStatus,
    HubConnectionState,
    OperatorChoice,
    OperatorStatus,
    PinAnswer,
)
from kiosk_app.screens.kiosk.presenter.troubles import KioskTrouble, StationFacts
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts

StaffPage = Literal["pin", "menu", "notice", "quit"]


@dataclass(slots=True)
class StaffMenu:
    """The staff menu: first the PIN, then its entries."""

    page: StaffPage = "pin"
    operator_id: str = ""
    problem: PinAnswer | None = None
    is_checked: bool = False
    entry: int = 0
    last_input_ms: int = 0
    not_saved: bool = False


@dataclass(slots=True)
class KioskModel:
    """The kiosk. `generation` changes whenever a visitor goes: the view forgets everything then."""

    language: str
    theme: str
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    is_zone_known: bool = False
    """True if `time_zone` is the event's: before that no clock is shown."""
    event: str = ""
    facts: StationFacts = field(default_factory=StationFacts)
    operators: OperatorStatus = field(default_factory=OperatorStatus)
    connection: ConnectionStatus = field(
        default_factory=lambda: ConnectionStatus(HubConnectionState.CONNECTING)
    )
    session: VisitorSession | None = None
    staff: StaffMenu | None = None
    trouble: KioskTrouble | None = None
    reader_faults: dict[str, datetime] = field(default_factory=dict)
    """The ids of staff's sentences on readers that fail, and since when."""
    reader_notice: str = ""
    """A sentence on the start page about a ticket that could not be looked at."""
    reader_notice_until_ms: int = 0
    generation: int = 0
    failing: bool = False
    reading: str = ""
    """The page that was read aloud last."""

    @property
    def options(self) -> KioskOptions:
        """The options of this kiosk."""
        return self.facts.kiosk.options if self.facts.kiosk else KioskOptions()

    @property
    def texts(self) -> Texts:
        """The texts in the visitor's language; staff and waiting visitors have the kiosk's."""
        return texts(self.session.language if self.session and not self.staff else self.language)

    @property
    def supervisors(self) -> tuple[OperatorChoice, ...]:
        """The people whose PIN opens the menu."""
        return tuple(choice for choice in self.operators.choices if choice.is_supervisor)

    @property
    def pauses_scanning(self) -> bool:
        """True while a ticket that is held up is not looked at: it may be the next visitor's."""
        if self.staff is not None or self.shows_trouble:
            return True
        return self.session is not None and self.session.step not in SCANNING_STEPS

    @property
    def shows_trouble(self) -> bool:
        """True if the page says that the kiosk is out of order: a visitor's outcome is left on the screen."""
        return self.trouble is not None and self.session is None

    def note_trouble(self, trouble: KioskTrouble | None, now: datetime) -> None:
        """Remember a trouble with the time at which it began."""
        if trouble is None:
            self.trouble = None
            return
        before = self.trouble
        is_same = before is not None and (before.cause, before.staff) == (trouble.cause, trouble.staff)
        since = before.since if before is not None and is_same else now
        self.trouble = replace(trouble, since=since)


def other_languages(language: str) -> tuple[str, ...]:
    """Return the languages beside this one."""
    return tuple(code for code in LANGUAGES if code != language)
