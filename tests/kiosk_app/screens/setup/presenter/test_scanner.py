"""The scanner's page decides: what is shown, tried, given back and kept."""

import pytest

from hardware.scanner import SETUP_CODE, ScannerChoice, ScannerFault, Transmission
from kiosk_app.messages import ListScanners, ScanCaptured, ScannerChoices, UseScanner
from kiosk_app.screens.setup.presenter.scanner import TRIAL_MS, ScannerSetupPresenter
from resources.themes import Signal
from resources.translations.catalogue import texts
from tests.kiosk_app.screens.setup.gallery import CHOICES, in_window, typed

EVDEV, SERIAL = CHOICES[1].address, CHOICES[2].address


@pytest.fixture
def presenter() -> ScannerSetupPresenter:
    presenter = ScannerSetupPresenter(texts("en"))
    presenter.receive(ScannerChoices(CHOICES, "keys:"))
    return presenter


def scan(presenter: ScannerSetupPresenter, what: Transmission, source: str = "keys:") -> None:
    presenter.receive(ScanCaptured(what, source))


def test_a_scanner_that_is_set_right_is_kept_with_what_was_learned(presenter: ScannerSetupPresenter) -> None:
    assert presenter.state.signal is None
    assert not presenter.state.can_save
    scan(presenter, in_window(f"]Q1#{SETUP_CODE}\t"))
    state = presenter.state
    assert (state.signal, state.advice, state.can_save) == (Signal.GREEN, (), True)
    assert [row.value for row in state.rows][:3] == ["as this computer", "]Q1#", "\u27e8Tab\u27e9"]
    assert presenter.save() == (UseScanner("keys:?prefix=%23&suffix=tab", save=True),)
    presenter.receive(ScannerChoices(CHOICES, "keys:?prefix=%23&suffix=tab", saved=True))
    assert presenter.state.title == "The scanner is set up"
    assert not presenter.state.can_save


def test_what_is_to_be_changed_is_told_one_by_one(presenter: ScannerSetupPresenter) -> None:
    scan(presenter, in_window(SETUP_CODE.swapcase() + "\n\t", gap=80))
    state = presenter.state
    assert state.signal is Signal.AMBER
    assert len(state.advice) == 3
    assert [row.label for row in state.rows if row.signal is Signal.AMBER] == [
        "After the code",
        "Caps lock",
        "Speed",
    ]
    assert state.can_save


def test_two_layouts_that_no_setting_of_the_station_mends_are_named(presenter: ScannerSetupPresenter) -> None:
    scan(presenter, in_window('Doorward\u00dfTest?0123456789`-\u00b4\u00c4"!ayqwzmAYQWZM\n'))
    state = presenter.state
    assert "US" in state.advice[0]
    assert "DE" in state.advice[0]
    assert not state.can_save
    assert presenter.save() == ()


def test_another_code_is_told_and_shown(presenter: ScannerSetupPresenter) -> None:
    scan(presenter, in_window("REG-0012\n"))
    assert (presenter.state.signal, presenter.state.raw) == (Signal.RED, "REG-0012\u27e8Enter\u27e9")
    assert presenter.save() == ()


@pytest.mark.parametrize("layout", ["us", "de", "fr"])
def test_a_device_is_tried_and_its_layout_learned(presenter: ScannerSetupPresenter, layout: str) -> None:
    assert presenter.select(EVDEV, 1_000) == (UseScanner(EVDEV),)
    presenter.receive(ScannerChoices(CHOICES, EVDEV))
    assert [item.current for item in presenter.state.choices] == [False, True, False]
    scan(presenter, typed(layout), "evdev:" + EVDEV.removeprefix("evdev://"))
    assert presenter.tick(1_000 + TRIAL_MS) == (ListScanners(),), "the trial was won"
    assert presenter.leave() == ()
    assert presenter.save() == (UseScanner(f"{EVDEV}?layout={layout}&suffix=cr", save=True),)


def test_a_device_that_reads_nothing_is_given_back(presenter: ScannerSetupPresenter) -> None:
    presenter.select(EVDEV, 1_000)
    presenter.receive(ScannerChoices(CHOICES, EVDEV))
    presenter.select(SERIAL, 2_000)
    presenter.receive(ScannerChoices(CHOICES, SERIAL))
    scan(presenter, in_window("REG-0012\n"), "serial:" + SERIAL.removeprefix("serial://"))
    assert presenter.tick(2_000 + TRIAL_MS) == (UseScanner("keys:"),), "another code proves no scanner"
    presenter.receive(ScannerChoices(CHOICES, "keys:"))
    assert presenter.tick(2_000 + TRIAL_MS + 1) == (ListScanners(),)


def test_a_trial_that_ends_says_so_and_one_that_is_left_is_given_back(
    presenter: ScannerSetupPresenter,
) -> None:
    presenter.select(EVDEV, 0)
    presenter.receive(ScannerChoices(CHOICES, EVDEV))
    assert presenter.tick(TRIAL_MS) == (UseScanner("keys:"),)
    assert "the one before" in presenter.state.text
    presenter.receive(ScannerChoices(CHOICES, "keys:"))
    presenter.select(EVDEV, 0)
    presenter.receive(ScannerChoices(CHOICES, EVDEV))
    assert presenter.leave() == (UseScanner("keys:"),)
    assert presenter.leave() == ()


def test_the_scanner_in_use_is_not_tried_again_and_settings_do_not_make_it_another(
    presenter: ScannerSetupPresenter,
) -> None:
    presenter.receive(ScannerChoices(CHOICES, "keys:?layout=us"))
    assert presenter.select("keys:", 0) == ()


@pytest.mark.parametrize("fault", ScannerFault)
def test_why_the_scanner_is_missing_stands_on_the_page(
    presenter: ScannerSetupPresenter, fault: ScannerFault
) -> None:
    presenter.receive(ScannerChoices(CHOICES, SERIAL, fault))
    assert presenter.state.text == texts("en")(f"alarm.scanner.{fault.value}")


def test_keys_in_the_window_teach_nothing_about_a_serial_scanner(presenter: ScannerSetupPresenter) -> None:
    presenter.receive(ScannerChoices((*CHOICES, ScannerChoice(SERIAL)), SERIAL))
    scan(presenter, in_window(SETUP_CODE + "\n"))
    assert presenter.save() == (UseScanner("keys:?suffix=cr", save=True),)
    scan(
        presenter,
        Transmission(data=f"\x02{SETUP_CODE}\x03".encode()),
        "serial:" + SERIAL.removeprefix("serial://"),
    )
    assert presenter.save() == (UseScanner(f"{SERIAL}?suffix=etx", save=True),)
    assert "Keyboard layout" not in {row.label for row in presenter.state.rows}


def test_what_was_read_keeps_its_order_among_arabic_letters() -> None:
    presenter = ScannerSetupPresenter(texts("ar"))
    scan(presenter, in_window(f"]Q1{SETUP_CODE}\n\t"))
    state = presenter.state
    assert state.raw == f"\u2066]Q1{SETUP_CODE}\u27e8Enter\u27e9\u27e8Tab\u27e9\u2069"
    assert "\u2066]Q1\u2069" in {row.value for row in state.rows}
