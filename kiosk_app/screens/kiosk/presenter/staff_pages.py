"""The pages of staff: the PIN and the menu. Nothing of them is reached without the PIN."""

from hub_sync.rules.operator_pins import LONGEST_PIN, SHORTEST_PIN
from kiosk_app.kiosk_messages import KioskOptions
from kiosk_app.messages import PinAnswer, PinResult
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.keyboards import PIN_KEYS, has_other_alphabet, text_keys
from kiosk_app.screens.kiosk.presenter.model import KioskModel, StaffMenu
from kiosk_app.screens.kiosk.presenter.view_state import (
    ActionButton,
    ChoicesBody,
    Emphasis,
    EntryBody,
    EntryKind,
    KioskPage,
    SymbolBody,
)
from resources.translations.catalogue import Texts

MENU = (
    "out_of_service",
    "help",
    "notice",
    "typing",
    "search",
    "walk_in_numbers",
    "confirm_scans",
    "print_slips",
    "print_badges",
    "idle_s",
    "low_reach",
    "switch_scan_s",
    "setup",
    "quit",
)
"""The entries of the menu. Those that are a switch have the name of the option."""


def build_staff_page(model: KioskModel, staff: StaffMenu) -> KioskPage:
    """Return the page of the staff menu."""
    words = model.texts
    if staff.page == "menu":
        return _menu_page(model, staff, words)
    if staff.page == "notice":
        return _notice_page(model, staff, words)
    if staff.page == "quit":
        return _quit_page(words)
    return _pin_page(model, staff, words)


def _pin_page(model: KioskModel, staff: StaffMenu, words: Texts) -> KioskPage:
    cancel = ActionButton(words("ui.cancel"), actions.SteppedBack(), Emphasis.QUIET, "close")
    has_local = model.facts.kiosk is not None and model.facts.kiosk.has_local_pin
    if not model.supervisors and not has_local:
        return KioskPage(
            "staff-locked",
            words("kiosk.staff.menu"),
            words("kiosk.staff.no_pin"),
            SymbolBody("tools"),
            (cancel,),
        )
    if model.supervisors and not staff.operator_id:
        choices = tuple(
            ActionButton(person.name, actions.OperatorChosen(person.id), icon="person")
            for person in model.supervisors
        )
        return KioskPage(
            "staff-who", words("kiosk.staff.menu"), words("kiosk.staff.who"), ChoicesBody(choices), (cancel,)
        )
    name = next((each.name for each in model.supervisors if each.id == staff.operator_id), "")
    body = EntryBody(
        EntryKind.PIN,
        words("pin.field"),
        PIN_KEYS,
        staff.entry,
        words("pin.confirm"),
        cancel,
        _problem(staff.problem, words),
        erase=words("kiosk.key.erase"),
        shortest=SHORTEST_PIN,
        longest=LONGEST_PIN,
        enabled=not staff.is_checked,
    )
    text = words("pin.of", name=name) if name else words("kiosk.staff.local_pin")
    return KioskPage("staff-pin", words("kiosk.staff.menu"), text, body)


def _problem(answer: PinAnswer | None, words: Texts) -> str:
    if answer is None:
        return ""
    if answer.result is PinResult.WAIT:
        return words("kiosk.staff.wait", n=answer.wait_s)
    return words("kiosk.staff.wrong_pin")


def _menu_page(model: KioskModel, staff: StaffMenu, words: Texts) -> KioskPage:
    options = model.options
    of_hub = model.facts.kiosk.of_hub if model.facts.kiosk else frozenset()
    choices = []
    for entry in MENU:
        if entry.startswith("print_") and not (model.facts.kiosk and model.facts.kiosk.has_printer):
            continue
        if entry == "help" and not (model.facts.kiosk and model.facts.kiosk.help_wanted):
            continue
        choices.append(
            ActionButton(
                words(f"kiosk.menu.{entry}"),
                actions.MenuChosen(entry),
                detail=_detail(options, entry, words)
                + (words("kiosk.menu.of_hub") if entry in of_hub else ""),
                enabled=entry not in of_hub,
                pressed=_is_on(options, entry),
                emphasis=Emphasis.PRIMARY if entry == "help" else Emphasis.PLAIN,
            )
        )
    text = words("kiosk.staff.not_saved") if staff.not_saved else ""
    leave = ActionButton(words("kiosk.staff.leave"), actions.SteppedBack(), Emphasis.PRIMARY, "back")
    return KioskPage(
        "staff-menu", words("kiosk.staff.menu"), text, ChoicesBody(tuple(choices), is_dense=True), (leave,)
    )


def _is_on(options: KioskOptions, entry: str) -> bool | None:
    value = getattr(options, entry, None)
    return value if isinstance(value, bool) else None


def _detail(options: KioskOptions, entry: str, words: Texts) -> str:
    value = getattr(options, entry, None)
    if isinstance(value, bool):
        return words("kiosk.on" if value else "kiosk.off")
    if entry == "idle_s":
        return words("kiosk.menu.idle_detail", n=options.idle_s, warning=words.number(options.warning_s))
    if entry == "switch_scan_s":
        return (
            words("kiosk.menu.switch_detail", n=options.switch_scan_s)
            if options.switch_scan_s
            else words("kiosk.off")
        )
    if entry == "notice":
        return options.notice or words("kiosk.menu.no_notice")
    return ""


def _notice_page(model: KioskModel, staff: StaffMenu, words: Texts) -> KioskPage:
    other = model.session.other_keys if model.session else False
    body = EntryBody(
        EntryKind.NOTICE,
        words("kiosk.menu.notice"),
        text_keys(model.language, other=other),
        staff.entry,
        words("kiosk.enter.notice"),
        ActionButton(words("kiosk.back"), actions.SteppedBack(), Emphasis.QUIET, "back"),
        space=words("kiosk.key.space"),
        erase=words("kiosk.key.erase"),
        alphabet="ABC" if has_other_alphabet(model.language) and not other else "",
        shortest=0,
        longest=200,
    )
    return KioskPage("staff-notice", words("kiosk.menu.notice"), words("kiosk.menu.notice_text"), body)


def _quit_page(words: Texts) -> KioskPage:
    return KioskPage(
        "staff-quit",
        words("kiosk.staff.quit"),
        words("kiosk.staff.quit_text"),
        SymbolBody("power"),
        (
            ActionButton(words("kiosk.menu.quit"), actions.MenuChosen("quit_now"), icon="power"),
            ActionButton(words("kiosk.back"), actions.SteppedBack(), Emphasis.PRIMARY, "back"),
        ),
    )
