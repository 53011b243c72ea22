"""Format the waitlist at the door: how many seats there are, whose turn it is, and who waits. Qt-free and stateless."""

from collections.abc import Collection

from kiosk_app.messages import DoorPlace, DoorWaitlist
from kiosk_app.screens.gate.presenter.view_state import WaitlistPanel
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

_LONGEST_NAME = 24
"""Characters of a name that a button has room for, beside two others."""


def turn_of(door: DoorWaitlist, absent_ids: Collection[str]) -> DoorPlace | None:
    """Return whose turn it is: the first who is there and for whom there are seats enough; None: nobody's."""
    return next((each for each in door.places if each.fits and each.entry_id not in absent_ids), None)


def waitlist_button(door: DoorWaitlist, texts: Texts) -> str:
    """Return the label of the button that opens the waitlist; empty: there is nothing to give, or nobody waits."""
    return texts("waitlist.button", n=door.seats) if door.seats and door.places else ""


def build_waitlist_panel(door: DoorWaitlist, absent_ids: Collection[str], texts: Texts) -> WaitlistPanel:
    """Build the question: who of those who wait gets the seats that are next."""
    turn = turn_of(door, absent_ids)
    if turn is None:
        text = texts("waitlist.nobody" if door.seats else "waitlist.no_seats")
    else:
        text = texts("waitlist.turn", name=_name(turn), n=turn.seats)
    return WaitlistPanel(
        title=texts("waitlist.title", n=door.seats),
        text=text,
        rows=tuple(_row(each, turn, absent_ids, texts) for each in door.places),
        confirm="" if turn is None else texts("waitlist.confirm", name=_short(_name(turn))),
        entry_id="" if turn is None else turn.entry_id,
    )


def _name(place: DoorPlace) -> str:
    return place.name or place.registration_code


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "\u2026"


def _row(place: DoorPlace, turn: DoorPlace | None, absent_ids: Collection[str], texts: Texts) -> ListItem:
    if place is turn:
        badge, signal = texts("waitlist.next"), Signal.GREEN
    elif place.entry_id in absent_ids:
        badge, signal = texts("waitlist.absent"), Signal.AMBER
    elif not place.fits:
        badge, signal = texts("waitlist.too_few"), Signal.AMBER
    else:
        badge, signal = "", None
    seats = texts("waitlist.seats", n=place.seats)
    code = place.registration_code if place.name else ""
    return ListItem(
        id=place.entry_id,
        title=_name(place),
        subtitle=" \u00b7 ".join(part for part in (seats, code) if part),
        icon="person",
        badge=badge,
        signal=signal,
    )
