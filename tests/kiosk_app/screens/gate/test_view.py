"""The drawn screen: nothing cut, nothing too small to touch, mirrored, named for a screen reader."""

from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from hub_sync.contract.enums import MARKS_OF_THE_HUB, Mark
from kiosk_app import messages
from kiosk_app.messages import Notice, Trouble
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import GateViewState
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.shell.window import StationWindow
from kiosk_app.ui.button import Button
from resources.themes import THEMES, theme
from resources.translations import LANGUAGES
from tests.kiosk_app.screens.gate.gallery import DOOR_FAULT, LONG, NOW, STATES, inside, make_screen, outcome

W = TypeVar("W", bound=QWidget)
SIZES = [(1280, 800), (1920, 1080), (1024, 600), (800, 480), (640, 480)]


@pytest.fixture
def opened(qtbot: QtBot) -> "Opened":
    return Opened(qtbot)


class Opened:
    """Opens gate screens and lets pytest-qt close them."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot

    def __call__(
        self, language: str = "en", name: str = "dark", size: tuple[int, int] = (1280, 800)
    ) -> GateScreen:
        screen, _clock = make_screen(language, name)
        screen.resize(*size)
        self._qtbot.addWidget(screen)
        screen.show()
        QApplication.processEvents()
        return screen


def colour_at(screen: GateScreen, x: float, y: float) -> str:
    """Return the colour of the main area at fractions of its size."""
    pages = screen.view.pages
    return pages.grab().toImage().pixelColor(int(pages.width() * x), int(pages.height() * y)).name().upper()


def settle() -> None:
    """Let the layout come to rest: a page that hides a bar is laid out again."""
    for _ in range(3):
        QApplication.processEvents()


def visible(screen: GateScreen, kind: type[W]) -> list[W]:
    return [widget for widget in screen.findChildren(kind) if widget.isVisible()]


@pytest.mark.parametrize("name", THEMES)
def test_each_verdict_fills_the_stage_in_its_themes_colours(opened: Opened, name: str) -> None:
    screen = opened(name=name)
    for what, signal in (
        (outcome(), "green"),
        (outcome(sequence=None), "red"),
        (inside(), "amber"),
        (outcome(trouble=Trouble.GATE_STUCK), "amber"),
        (Notice.NOT_READY, "blue"),
    ):
        screen.receive(what)
        colours = getattr(theme(name), signal)
        assert colour_at(screen, 0.1, 0.1) == colours.stub.upper()
        assert colour_at(screen, 0.1, 0.6) == colours.body.upper()


def test_the_verdict_takes_the_screens_larger_part(opened: Opened) -> None:
    screen = opened()
    screen.receive(outcome())
    card = screen.view.pages.verdict
    assert card.isVisible()
    assert card.width() * card.height() > 0.5 * screen.width() * screen.height()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_to_touch_is_56_pixels_high_and_inside_the_window(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    screen = opened(language, size=size)
    window = screen.rect()
    for state in (
        "ready",
        "override-problem",
        "group-panel",
        "menu",
        "quit",
        "checkpoints",
        "search",
        "offline",
        "silent",
    ):
        STATES[state](screen, None)  # type: ignore[arg-type]
        settle()
        for widget in visible(screen, Button) + visible(screen, QLineEdit):
            assert widget.height() >= 56, (state, widget)
            assert window.contains(QRect(widget.mapTo(screen, QPoint(0, 0)), widget.size())), (state, widget)
        screen.handle(actions.Dismissed())
        screen.handle(actions.Dismissed())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_of_a_button_is_cut(opened: Opened, language: str, size: tuple[int, int]) -> None:
    screen = opened(language, size=size)
    for state in ("override-panel", "group-panel", "menu", "quit", "checkpoints"):
        STATES[state](screen, None)  # type: ignore[arg-type]
        settle()
        for widget in visible(screen, Button):
            if widget is not screen.view.top.checkpoint:
                assert widget.width() >= widget.sizeHint().width(), (state, language, size, widget.text())
        for label in visible(screen, QLabel):
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            assert label.height() >= needed, (state, language, size, label.text())
        screen.handle(actions.Dismissed())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_verdicts_texts_fit_even_with_a_very_long_name(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    screen = opened(language, size=size)
    card = screen.view.pages.verdict
    worst = outcome(name=LONG, category="Delegation", trouble=Trouble.GATE_STUCK, door_fault=DOOR_FAULT)
    for what in (
        worst,
        outcome(name="Wolfeschlegelsteinhausenbergerdorff" * 3),
        inside(LONG),
        Notice.TWO_CODES,
    ):
        screen.receive(what)
        body = card._parts()[1]
        assert card._content_height() <= body.height()
        for block in card._blocks:
            assert block.text.lines
    marks_of_a_gate = tuple(mark for mark in Mark if mark not in MARKS_OF_THE_HUB)
    screen.receive(outcome(name=LONG, marks=marks_of_a_gate))
    assert card._content_height() <= card._parts()[1].height()
    assert all(sum(map(card._chip_width, row)) < card.width() for row in card._chip_rows())
    screen.receive(worst)
    assert not any(block.text.cut for block in card._blocks)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_station_tells_its_whole_condition_without_cutting_words(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    screen = opened(language, size=size)
    STATES["offline"](screen, None)  # type: ignore[arg-type]
    screen.receive(messages.GateDeviceStatus(messages.CameraAvailability.LIVE, sound=False))
    QApplication.processEvents()
    for chip in screen.view.top._chips.values():
        assert chip.width() >= chip.sizeHint().width(), chip.accessibleName()


def test_arabic_mirrors_the_screen(opened: Opened) -> None:
    left, right = opened("en"), opened("ar")
    assert left.view.sidebar.x() > left.view.pages.x()
    assert right.view.sidebar.x() < right.view.pages.x()
    assert right.view.bottom.menu.x() < right.view.bottom.input.x()
    assert right.view.pages.verdict.layoutDirection() is Qt.LayoutDirection.RightToLeft
    left.handle(actions.LanguageSelected("ar"))
    QApplication.processEvents()
    assert left.view.sidebar.x() < left.view.pages.x()


def test_everything_to_focus_has_a_name_for_a_screen_reader(opened: Opened) -> None:
    screen = opened()
    for state in ("ready", "override-panel", "group-panel", "menu", "quit", "checkpoints", "search"):
        STATES[state](screen, None)  # type: ignore[arg-type]
        QApplication.processEvents()
        for kind in (Button, QLineEdit, QListView):
            for widget in visible(screen, kind):
                named = widget.accessibleName() or getattr(widget, "text", str)()
                assert named, (state, widget)
        screen.handle(actions.Dismissed())
    screen.receive(inside("Ada"))
    assert screen.view.pages.verdict.accessibleName() == "ALREADY IN. Ada. Already inside since 18:04"


def test_a_missing_camera_is_said_in_the_pictures_place(opened: Opened) -> None:
    screen = opened()
    STATES["camera-missing"](screen, None)  # type: ignore[arg-type]
    assert screen.view.pages.idle.preview.placeholder == "camera-off"
    assert screen.presenter.state.banner.title == "Camera missing"


def test_frames_are_painted_without_a_new_layout(opened: Opened, qtbot: QtBot) -> None:
    screen = opened()
    preview = screen.view.pages.idle.preview
    before = preview.geometry()
    red = QImage(1280, 720, QImage.Format.Format_RGB32)
    red.fill(QColor("#FF0000"))
    small = QImage(320, 240, QImage.Format.Format_RGB32)
    small.fill(QColor("#0000FF"))
    for image, colour in ((red, "#FF0000"), (small, "#0000FF")):
        screen.show_frame(image)
        assert colour_at(screen, 0.5, 0.4) == colour
        assert preview.geometry() == before


def test_without_sound_the_edge_is_framed_while_the_verdict_stands_and_nothing_moves(opened: Opened) -> None:
    screen = opened()
    screen.receive(messages.GateDeviceStatus(messages.CameraAvailability.LIVE, sound=False))
    QApplication.processEvents()
    before = screen.view.pages.geometry()
    screen.receive(outcome())
    QApplication.processEvents()
    assert screen.view.pages.geometry() == before
    corner = screen.grab().toImage().pixelColor(3, 3).name().upper()
    assert corner == theme("dark").green.mark.upper()
    screen.handle(actions.Dismissed())
    assert not screen.view.edge.isVisible()


def test_a_new_scan_is_one_new_row_on_top_and_the_fifty_first_falls_off(opened: Opened) -> None:
    screen = opened()
    model = screen.view.sidebar.list.model()
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    for number in range(60):
        screen.receive(outcome(name=f"Guest {number}", at=NOW))
    assert model.rowCount() == 50
    assert model.index(0, 0).data() == "Guest 59, Let in, 19:04:11"
    assert model.index(49, 0).data() == "Guest 10, Let in, 19:04:11"
    assert resets == []


def test_touching_works_as_well(opened: Opened, qtbot: QtBot) -> None:
    screen = opened()
    commands: list[messages.ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(screen.view.bottom.menu, left)
    QTest.mouseClick(screen.view.pages.menu.themes["light"], left)
    QTest.mouseClick(screen.view.pages.menu.languages["de"], left)
    QTest.mouseClick(screen.view.pages.menu.quit, left)
    QTest.mouseClick(screen.view.pages.quit.confirm, left)
    QTest.mouseClick(screen.view.top.direction, left)
    assert messages.SaveAppearance(theme="light") in commands
    assert messages.SaveAppearance(language="de") in commands
    assert messages.CloseWindow() in commands
    assert isinstance(commands[-1], messages.SetDirection)


def test_an_alert_stands_beside_the_prompt_and_the_next_one_follows(opened: Opened) -> None:
    screen = opened()
    strip, left = screen.view.alerts, Qt.MouseButton.LeftButton
    assert not strip.isVisible()
    STATES["double-admission"](screen, None)  # type: ignore[arg-type]
    QApplication.processEvents()
    assert strip.isVisible()
    assert screen.view.pages.idle.isVisible()
    assert "Amara Okafor" in strip.text.accessibleName()
    QTest.mouseClick(strip.next, left)
    assert "Li Na" in strip.text.accessibleName()
    QTest.mouseClick(strip.dismiss, left)
    assert "Amara Okafor" in strip.text.accessibleName()
    QTest.mouseClick(strip.dismiss, left)
    assert not strip.isVisible()
    screen.receive(messages.ActiveAlarms(door=DOOR_FAULT))
    assert strip.isVisible()
    assert not strip.dismiss.isVisible()


TINY = (640, 400)
"""What is left of 1280x800 at a text size of 200 %."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "state", ["override-problem", "group-panel", "menu", "quit", "checkpoints", "search"]
)
def test_on_the_smallest_screen_a_panels_buttons_are_in_view_and_its_fields_come_into_it(
    opened: Opened, language: str, state: str
) -> None:
    screen = opened(language, size=TINY)
    STATES[state](screen, None)  # type: ignore[arg-type]
    settle()
    window = screen.rect()
    for widget in visible(screen, Button) + visible(screen, QLineEdit):
        widget.setFocus()
        if isinstance(page := screen.view.pages.currentWidget(), PanelPage) and page.isAncestorOf(widget):
            page._focus(widget, Qt.FocusReason.TabFocusReason)
        settle()
        assert window.contains(QRect(widget.mapTo(screen, QPoint(0, 0)), widget.size())), (state, widget)
        region = widget.visibleRegion().boundingRect()
        assert region.height() >= 56, (state, widget, region)
    screen.handle(actions.Dismissed())
    assert screen.view.bottom.input.isVisible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_the_smallest_screen_a_verdict_is_whole(opened: Opened, language: str) -> None:
    screen = opened(language, size=TINY)
    card = screen.view.pages.verdict
    for what in (outcome(name=LONG, marks=(Mark.ROSTER_STALE,)), inside(LONG), Notice.TWO_CODES):
        screen.receive(what)
        assert card._content_height() <= card._parts()[1].height()


@pytest.mark.parametrize("size", [*SIZES, TINY])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_checkpoint_name_squeezes_no_chip(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    screen = opened(language, size=size)
    name = "Haupteingang Nordseite, Personenschleuse 12 (Rollstühle und Kinderwagen)"
    screen.receive(
        messages.CheckpointOptions(
            (messages.CheckpointOption("c", name), messages.CheckpointOption("d", "B")), "c"
        )
    )
    for state in ("ready", "offline", "silent"):
        STATES[state](screen, None)  # type: ignore[arg-type]
        QApplication.processEvents()
        top = screen.view.top
        for chip in top._chips.values():
            if chip.isVisible():
                assert chip.width() >= chip.sizeHint().width(), (state, chip.accessibleName())
        assert top.checkpoint.width() >= 160, state
        assert top.checkpoint.toolTip() == name
        right = max(
            part.geometry().right()
            for part in (*top._chips.values(), top.direction, top._clock)
            if part.isVisible()
        )
        assert right <= top.width(), state


def test_the_window_may_be_as_small_as_a_touch_panel(qtbot: QtBot) -> None:
    screen, _clock = make_screen("de", "dark")
    window = StationWindow(screen)
    qtbot.addWidget(window)
    window.resize(640, 400)
    window.show()
    QApplication.processEvents()
    assert (window.width(), window.height()) == (640, 400)
    STATES["override-problem"](screen, None)  # type: ignore[arg-type]
    QApplication.processEvents()
    assert (window.width(), window.height()) == (640, 400)


def test_after_a_part_failed_to_render_the_same_state_is_rendered_whole(
    opened: "Opened", monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = opened()
    rendered, render_state = list[object](), screen.view.pages.render_state
    state = screen.presenter.receive(inside()).state

    def fail_once(state: GateViewState) -> None:
        rendered.append(state)
        if len(rendered) == 1:
            raise RuntimeError("a bug of a page")
        render_state(state)

    monkeypatch.setattr(screen.view.pages, "render_state", fail_once)
    with pytest.raises(RuntimeError):
        screen.view.render(state)
    screen.view.render(state)
    assert rendered == [state, state]
    assert screen.view.pages.currentWidget() is screen.view.pages.verdict
