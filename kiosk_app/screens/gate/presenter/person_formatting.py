"""Format the card of a person: who it is, the earlier scans, and the question."""

from hub_sync.contract.enums import Direction, ScanResult
from kiosk_app.messages import EarlierScan, PersonCard
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from kiosk_app.screens.gate.presenter.view_state import PersonPanel
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts


def is_known(card: PersonCard) -> bool:
    """Return True if the roster has the person."""
    return bool(card.name or card.registration_code)


def build_person_panel(card: PersonCard | None, direction: Direction, context: FormatContext) -> PersonPanel:
    """Build the card; `card` None: the answer has not come."""
    texts = context.texts
    confirm = texts("person.let_in" if direction is Direction.ENTRY else "person.let_out")
    if card is None:
        return PersonPanel(texts("search.busy"), "", confirm=confirm)
    if not is_known(card):
        return PersonPanel(texts("person.gone"), texts("person.gone_text"), confirm=confirm)
    parts = [card.registration_code, card.category, texts("search.inside") if card.inside else ""]
    return PersonPanel(
        card.name or card.registration_code,
        " \u00b7 ".join(part for part in parts if part),
        rows=tuple(_row(number, scan, context) for number, scan in enumerate(card.scans)),
        no_rows="" if card.scans else texts("person.no_scans"),
        confirm=confirm,
        can_confirm=True,
    )


def _row(number: int, scan: EarlierScan, context: FormatContext) -> ListItem:
    texts, at = context.texts, scan.at.astimezone(context.time_zone)
    is_today = at.date() == context.now.astimezone(context.time_zone).date()
    return ListItem(
        id=str(number),
        title=_result(scan, texts),
        subtitle=scan.place or texts("person.venue"),
        signal=_signal(scan),
        trailing=f"{at:%H:%M}" if is_today else f"{at:%d/%m %H:%M}",
    )


def _result(scan: EarlierScan, texts: Texts) -> str:
    if scan.taken_back:
        return texts("person.given_back")
    if scan.with_everybody:
        return texts("person.left_with_everybody")
    if scan.reason is None:
        return texts(f"person.elsewhere_{scan.direction.value}")
    overridden = scan.result is ScanResult.MANUAL_OVERRIDE
    return texts("short.overridden" if overridden else f"short.{scan.reason.value}")


def _signal(scan: EarlierScan) -> Signal:
    if scan.taken_back:
        return Signal.AMBER
    if scan.result is None or scan.result.admits:
        return Signal.GREEN
    asks = scan.result in (ScanResult.ALREADY_SCANNED, ScanResult.EXPIRED)
    return Signal.AMBER if asks else Signal.RED
