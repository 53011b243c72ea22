"""The board's view: it paints a state, wide or upright. It decides nothing."""

from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.board.presenter.view_state import BoardCall, BoardFigure, BoardViewState
from kiosk_app.screens.board.widgets.number_table import TextRoom, paint_fitted, paint_line, paint_text
from kiosk_app.ui.painting import create_painter, draw_rounded_rect, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import theme

_LEADING, _TRAILING, _CENTRE = (
    Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignRight,
    Qt.AlignmentFlag.AlignHCenter,
)
_Row = TypeVar("_Row", BoardCall, BoardFigure)
_DESIGN_SIDE = 1080
_NAME_SHARE = 0.66
"""The part of a row that the name of a queue has; the number of those who wait has the rest."""
_LINE, _SMALL_LINE, _LARGEST_SMALL = 132, 72, 104


class BoardView(QWidget):
    """Paints everything itself: it has nothing to press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(320, 320)
        self._style, self._state = DEFAULT_STYLE, None  # type: tuple[Style, BoardViewState | None]

    def render(self, state: BoardViewState) -> None:  # type: ignore[override]  # QWidget.render paints into a device
        """Show a state."""
        if state == self._state:
            return
        old, self._state = self._state, state
        if old is None or old.theme != state.theme:
            self._style = Style(theme(state.theme))
            self.setPalette(palette(self._style))
            self.setStyleSheet(style_sheet(self._style))
        if old is None or old.texts is not state.texts:
            rtl = state.texts.rtl
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.setAccessibleName(_spoken(state))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint head, the last call, the lines, and what was before."""
        state = self._state
        if state is None:
            return
        scale = max(0.3, min(self.width(), self.height()) / _DESIGN_SIDE)
        style = self._style = Style(theme(state.theme), scale)
        painter = create_painter(self)
        pad = style.px(32)
        rect = self.rect().adjusted(pad, pad, -pad, -pad)
        rect = self._paint_head(painter, rect, state, style)
        if state.note:
            rect = self._paint_note(painter, rect, state.note, style)
        if state.out_of_order:
            self._paint_problem(painter, rect, state, style)
        elif self.width() > self.height():
            self._paint_wide(painter, rect, state, style)
        else:
            self._paint_upright(painter, rect, state, style)

    # --- parts

    def _paint_head(self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style) -> QRect:
        height, ink = style.px(84), QColor(style.theme.text)
        row = QRect(rect.left(), rect.top(), rect.width(), height)
        clock_width = style.px(230)
        title = mirror(self, row, QRect(row.left(), row.top(), row.width() - clock_width, height))
        clock = mirror(self, row, QRect(row.right() - clock_width, row.top(), clock_width, height))
        paint_text(painter, title, state.title, height, ink, bold=True, share=0.56)
        paint_text(painter, clock, state.clock, height, ink, bold=True, align=_TRAILING, share=0.72)
        return rect.adjusted(0, height + style.px(20), 0, 0)

    def _paint_note(self, painter: QPainter, rect: QRect, note: str, style: Style) -> QRect:
        height, colours = style.px(84), style.theme.amber
        row = QRect(rect.left(), rect.bottom() - height, rect.width(), height)
        draw_rounded_rect(painter, row, style.px(16), QColor(colours.tint), QColor(colours.mark), 3)
        inner = row.adjusted(style.px(24), 0, -style.px(24), 0)
        paint_text(
            painter, inner, note, height, QColor(colours.on_tint), bold=True, align=_CENTRE, share=0.42
        )
        return rect.adjusted(0, 0, 0, -height - style.px(16))

    def _paint_problem(self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style) -> None:
        box = rect.adjusted(style.px(60), 0, -style.px(60), 0)
        upper = QRect(box.left(), box.top(), box.width(), box.height() // 2)
        lower = QRect(box.left(), box.center().y(), box.width(), box.height() // 3)
        ink = QColor(style.theme.text)
        paint_text(
            painter, upper, state.out_of_order, style.px(160), ink, bold=True, align=_CENTRE, max_lines=2
        )
        paint_text(painter, lower, state.out_of_order_text, style.px(90), ink, align=_CENTRE, max_lines=3)

    def _paint_wide(self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style) -> None:
        gap = style.px(28)
        side_width = round(rect.width() * 0.32)
        main_width = rect.width() - side_width - gap
        main = mirror(self, rect, QRect(rect.left(), rect.top(), main_width, rect.height()))
        side = mirror(
            self, rect, QRect(rect.left() + main_width + gap, rect.top(), side_width, rect.height())
        )
        self._paint_calls(painter, main, state, style, round(rect.height() * 0.36))
        recent_height = self._recent_height(state, style, round(side.height() * 0.55))
        self._paint_recent(painter, QRect(side.left(), side.top(), side.width(), recent_height), state, style)
        top = side.top() + recent_height + gap
        figures = QRect(side.left(), top, side.width(), side.bottom() - top)
        self._paint_figures(painter, figures, state.figures, style)

    def _paint_upright(self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style) -> None:
        gap = style.px(28)
        below = round(rect.height() * 0.32)
        calls = QRect(rect.left(), rect.top(), rect.width(), rect.height() - below - gap)
        self._paint_calls(painter, calls, state, style, round(calls.height() * 0.32))
        top, half = calls.bottom() + gap, (rect.width() - gap) // 2
        first = mirror(self, rect, QRect(rect.left(), top, half, below))
        second = mirror(self, rect, QRect(rect.left() + half + gap, top, half, below))
        self._paint_recent(painter, first, state, style)
        self._paint_figures(painter, second, state.figures, style)

    def _paint_calls(
        self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style, hero_height: int
    ) -> None:
        gap = style.px(14)
        is_empty = state.hero is None and not state.lines
        hero = QRect(rect.left(), rect.top(), rect.width(), rect.height() if is_empty else hero_height)
        if state.hero is not None:
            paint_line(painter, self, hero, state.hero, style, is_hero=True)
        else:
            self._paint_empty(painter, hero, state.empty, style)
        if is_empty:
            return
        rest = QRect(
            rect.left(), hero.bottom() + 2 * gap, rect.width(), rect.bottom() - hero.bottom() - 2 * gap
        )
        height = style.px(_LINE)
        room = max(1, (rest.height() + gap) // (height + gap))
        columns = 1 if len(state.lines) <= room else 2
        if columns == 1 and state.lines:  # few lines are larger
            height = min(round(1.35 * height), (rest.height() + gap) // max(3, len(state.lines)) - gap)
        width = (rest.width() - (columns - 1) * gap) // columns
        for number, line in enumerate(_page(state.lines, columns * room, state.turn)):
            column, row = divmod(number, room)
            left, top = rest.left() + column * (width + gap), rest.top() + row * (height + gap)
            box = mirror(self, rest, QRect(left, top, width, height))
            paint_line(painter, self, box, line, style)

    def _paint_empty(self, painter: QPainter, rect: QRect, text: str, style: Style) -> None:
        draw_rounded_rect(
            painter, rect, style.px(24), QColor(style.theme.surface), QColor(style.theme.line), 2
        )
        inner = rect.adjusted(style.px(40), 0, -style.px(40), 0)
        ink = QColor(style.theme.text)
        paint_text(
            painter, inner, text, style.px(400), ink, bold=True, align=_CENTRE, max_lines=3, share=0.28
        )

    def _recent_height(self, state: BoardViewState, style: Style, most: int) -> int:
        rows = max(1, len(state.recent))
        return min(most, style.px(70) + rows * style.px(_SMALL_LINE))

    def _paint_recent(self, painter: QPainter, rect: QRect, state: BoardViewState, style: Style) -> None:
        box = self._paint_box(painter, rect, state.texts("board.recent"), style)
        height = self._row_height(box, len(state.recent), style)
        ink, quiet = QColor(style.theme.text), QColor(style.theme.quiet)
        shown = state.recent[: box.height() // height]
        half = round(box.width() * 0.45)
        numbers = TextRoom(half, height, height, share=0.56, bold=True)
        counters = TextRoom(box.width() - half, height, height, share=0.44)
        number_size = numbers.common_size(line.number for line in shown)
        counter_size = counters.common_size(line.counter for line in shown)
        for number, line in enumerate(shown):
            row = QRect(box.left(), box.top() + number * height, box.width(), height)
            left = mirror(self, row, QRect(row.left(), row.top(), half, height))
            right = mirror(self, row, QRect(row.left() + half, row.top(), row.width() - half, height))
            paint_fitted(painter, left, numbers.fit_at(line.number, number_size), ink)
            paint_fitted(painter, right, counters.fit_at(line.counter, counter_size), quiet, align=_TRAILING)

    def _paint_figures(
        self, painter: QPainter, rect: QRect, figures: tuple[BoardFigure, ...], style: Style
    ) -> None:
        state = self._state
        if state is None or not figures:
            return
        box = self._paint_box(painter, rect, state.texts("board.queues"), style)
        lines = 2 if any(figure.closed for figure in figures) else 1
        height = self._row_height(box, len(figures), style, lines)
        ink, quiet = QColor(style.theme.text), QColor(style.theme.quiet)
        line, margin = height // lines, height // 8
        name_width = round(box.width() * _NAME_SHARE)
        name_height = line - margin if lines > 1 else line
        names = TextRoom(name_width, name_height, line, share=0.44, max_lines=2, bold=True)
        counts = TextRoom(box.width() - name_width, line, line, share=0.4)
        hours = TextRoom(box.width(), line, line, share=0.4)
        name_size = names.common_size(_figure_name(figure) for figure in figures)
        count_size = counts.common_size(figure.waiting for figure in figures)
        hours_size = hours.common_size(figure.closed for figure in figures)
        for number, figure in enumerate(_page(figures, max(1, box.height() // height), state.turn)):
            row = QRect(box.left(), box.top() + number * height, box.width(), height)
            upper = row.adjusted(0, margin, 0, -line) if figure.closed else row
            lower = row.adjusted(0, line, 0, -margin)
            wide = name_width if figure.waiting else row.width()
            left = QRect(upper.left(), upper.top(), wide, upper.height())
            right = QRect(upper.left() + wide, upper.top(), upper.width() - wide, upper.height())
            left, right = mirror(self, upper, left), mirror(self, upper, right)
            name = replace(names, width=left.width(), box_height=left.height())
            paint_fitted(painter, left, name.fit_at(_figure_name(figure), name_size), ink)
            paint_fitted(painter, right, counts.fit_at(figure.waiting, count_size), quiet, align=_TRAILING)
            paint_fitted(painter, lower, hours.fit_at(figure.closed, hours_size), quiet)

    @staticmethod
    def _row_height(box: QRect, rows: int, style: Style, lines: int = 1) -> int:
        """Return the height of a row of so many lines: large where there are few."""
        smallest, largest = lines * style.px(_SMALL_LINE), lines * style.px(_LARGEST_SMALL)
        return min(largest, max(smallest, box.height() // max(1, rows)))

    def _paint_box(self, painter: QPainter, rect: QRect, title: str, style: Style) -> QRect:
        draw_rounded_rect(
            painter, rect, style.px(20), QColor(style.theme.surface), QColor(style.theme.line), 2
        )
        pad, head = style.px(22), style.px(60)
        row = QRect(rect.left() + pad, rect.top(), rect.width() - 2 * pad, head)
        paint_text(painter, row, title, head, QColor(style.theme.quiet), bold=True, share=0.46)
        return rect.adjusted(pad, head, -pad, -style.px(8))


def _figure_name(figure: BoardFigure) -> str:
    return f"{figure.letter}  {figure.name}"


def _page(rows: tuple[_Row, ...], room: int, turn: int) -> tuple[_Row, ...]:
    """Return the rows of this turn: all take turns where there are more than fit."""
    pages = max(1, -(-len(rows) // room))
    at = turn % pages * room
    return rows[at : at + room]


def _spoken(state: BoardViewState) -> str:
    lines = [state.hero] if state.hero else []
    parts = [state.out_of_order, *(f"{line.number} {line.counter}" for line in (*lines, *state.lines))]
    return ". ".join(part for part in parts if part)
