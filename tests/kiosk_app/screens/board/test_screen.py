"""The board screen under Qt: wide and upright, in each theme and language, with few and many lines."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import ManualClock
from kiosk_app.core.appearance import Appearance
from kiosk_app.queue_messages import BoardQueue, BoardState, QueueConnection
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.board.screen import BoardScreen
from kiosk_app.ui.text_fitting import FittedText
from resources.translations import LANGUAGES
from tests.kiosk_app.screens.board.presenter.test_board_presenter import STATE, row


def build(qtbot: QtBot, language: str, theme: str, size: tuple[int, int]) -> BoardScreen:
    clock = ManualClock(datetime(2026, 6, 11, 12, tzinfo=UTC))
    screen = BoardScreen(ScreenContext(clock, Appearance(theme, language)))
    qtbot.addWidget(screen)
    screen.resize(QSize(*size))
    screen.show()
    return screen


def picture(screen: BoardScreen) -> QImage:
    return screen.grab().toImage()


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("de", "light"), ("ar", "high-contrast")])
def test_each_state_is_painted_differently(
    qtbot: QtBot, language: str, theme: str, size: tuple[int, int]
) -> None:
    screen = build(qtbot, language, theme, size)
    many = tuple(row(f"A{n:03d}", str(n)) for n in range(30))
    states = (
        STATE,
        replace(STATE, announcing="A002"),
        replace(STATE, serving=many),
        replace(STATE, serving=(), recent=()),
        BoardState(connection=QueueConnection(is_hub_near=True)),
    )
    pictures = []
    for state in states:
        screen.receive(state)
        pictures.append(picture(screen))
    assert all(first != second for at, first in enumerate(pictures) for second in pictures[at + 1 :])
    assert "A002" not in screen.view.accessibleName()


def test_a_screen_reader_gets_numbers_and_counters(qtbot: QtBot) -> None:
    screen = build(qtbot, "en", "dark", (1280, 800))
    screen.receive(STATE)
    assert screen.view.accessibleName() == "A003 Counter 3. A002 Counter 2. A001 Info desk"


@pytest.mark.parametrize("size", [(1280, 800), (1080, 1920)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rows_of_a_list_have_one_size_whatever_the_longest_is(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, language: str, size: tuple[int, int]
) -> None:
    drawn: dict[str, tuple[int, bool]] = {}

    def record(text: FittedText, *_: Any, **__: Any) -> None:
        drawn["".join(text.lines).replace(" ", "")] = text.font.pixelSize(), text.cut

    monkeypatch.setattr(FittedText, "draw", record)
    screen = build(qtbot, language, "dark", size)
    names = ("Press", "Help and lost property", "Badges")
    counters = ("1", "Info desk", "Left of the stairs")
    queues = tuple(BoardQueue(name, name[0], name, 4) for name in names)
    recent = tuple(row(f"B00{at}", counter, is_called=False) for at, counter in enumerate(counters, start=1))
    screen.receive(replace(STATE, queues=queues, recent=recent))
    picture(screen)
    shown = screen.presenter.state()
    for texts_of_list in (
        [f"{figure.letter}  {figure.name}" for figure in shown.figures],
        [figure.waiting for figure in shown.figures],
        [line.number for line in shown.recent],
        [line.counter for line in shown.recent],
    ):
        painted = [drawn[text.replace(" ", "")] for text in texts_of_list]
        assert len({pixels for pixels, _ in painted}) == 1, painted
        assert not any(cut for _, cut in painted)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_closed_queue_is_read_whole_from_three_metres(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, language: str, size: tuple[int, int]
) -> None:
    drawn: dict[str, tuple[int, bool]] = {}
    draw = FittedText.draw

    def record(text: FittedText, *parts: Any, **more: Any) -> None:
        drawn["".join(text.lines).replace(" ", "")] = text.font.pixelSize(), text.cut
        draw(text, *parts, **more)

    monkeypatch.setattr(FittedText, "draw", record)
    screen = build(qtbot, language, "dark", size)
    morning = datetime(2026, 6, 12, 8, tzinfo=UTC)
    queues = (
        BoardQueue("q", "A", "Press", 0, is_open=False, opens_at=morning),
        BoardQueue("h", "B", "Help and lost property", 12, is_open=False, opens_at=morning),
    )
    screen.receive(replace(STATE, queues=queues))
    picture(screen)
    figures = screen.presenter.state().figures
    names = [f"{figure.letter}  {figure.name}".replace(" ", "") for figure in figures]
    states = [text.replace(" ", "") for figure in figures for text in (figure.waiting, figure.closed) if text]
    assert len(states) == 3
    for text in (*names, *states):
        pixels, is_cut = drawn[text]
        assert not is_cut, text
        assert pixels >= min(size) / (50 if text in names else 40), text
