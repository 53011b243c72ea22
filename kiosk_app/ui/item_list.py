"""The list of items that all screens use: cards to select from, or compact rows to read."""

from enum import Enum, auto
from typing import Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.items import ListItem
from kiosk_app.ui.painting import draw_focus_ring, draw_rounded_rect
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import elide
from resources.themes import Signal as Colour

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = int(Qt.ItemDataRole.UserRole) + 1
COMPACT_ROW = 52
"""Height of a compact row at the design's size."""
_LOWEST_ROW = 42
"""Two lines of the smallest text."""
_LEADING = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def _row_height(style: Style) -> int:
    return max(_LOWEST_ROW, style.px(COMPACT_ROW))


class ListKind(Enum):
    """The form of the rows."""

    CARDS = auto()
    """Large rows to select by finger, arrow keys or Enter."""
    COMPACT = auto()
    """Rows to read, whole ones only."""


class _Place(Protocol):
    """Mirrors a rectangle, relative to its row, where the language runs from right to left."""

    def __call__(self, x: int, y: int, width: int, height: int) -> QRect: ...


class ItemModel(QAbstractListModel):
    """The items. It takes the whole list each time and inserts a single new item on top without a reset."""

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[ListItem, ...] = ()

    def set_items(self, items: tuple[ListItem, ...]) -> None:
        """Show other items: insert the first if the rest is unchanged, else reset the model."""
        old = self.items
        is_new_on_top = bool(items) and items[1:] == old[: len(items) - 1] and len(items) >= len(old)
        if not is_new_on_top:
            self.beginResetModel()
            self.items = items
            self.endResetModel()
            return
        if len(old) == len(items):
            self.beginRemoveRows(QModelIndex(), len(old) - 1, len(old) - 1)
            self.items = old[:-1]
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), 0, 0)
        self.items = items
        self.endInsertRows()

    def update_items(self, items: tuple[ListItem, ...]) -> bool:
        """Change the words of the same items; return False if they are others. A finger that is down stays on its item."""
        if [item.id for item in items] != [item.id for item in self.items]:
            return False
        self.items = items
        if items:
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
        return True

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of items."""
        return 0 if parent is not None and parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Return the item for the painter, its words for a screen reader."""
        if not index.isValid():
            return None
        item = self.items[index.row()]
        if role == ITEM_ROLE:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.spoken
        return None


class _ItemDelegate(QStyledItemDelegate):
    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.style, self.ratio, self._list = DEFAULT_STYLE, 1.0, parent

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM_ROLE)
        if not isinstance(item, ListItem):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(option.direction)
        self._paint_item(painter, option, item)
        painter.restore()

    def _paint_item(self, painter: QPainter, option: QStyleOptionViewItem, item: ListItem) -> None:
        raise NotImplementedError


class _CardDelegate(_ItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        style = self.style
        return QSize(style.px(200), max(style.touch, style.px(68)) + style.px(8))

    def _paint_item(self, painter: QPainter, option: QStyleOptionViewItem, item: ListItem) -> None:
        style, theme = self.style, self.style.theme
        box = option.rect.adjusted(0, 0, 0, -style.px(8))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        flat = theme.raised == theme.ground
        edge = QColor(theme.accent if item.current else theme.edge) if flat or item.current else None
        draw_rounded_rect(painter, box, style.px(12), QColor(theme.raised), edge, 2)
        if selected and self._list.hasFocus():
            draw_focus_ring(painter, box, style.px(12), style)

        def at(x: int, y: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(
                option.direction, box, QRect(box.left() + x, box.top() + y, width, height)
            )

        pad, side = style.px(20), style.px(28)
        shape = icon(item.icon, side, theme.accent if item.current else theme.quiet)
        painter.drawPixmap(at(pad, (box.height() - side) // 2, side, side).topLeft(), shape)
        x = pad + side + style.px(16)
        room = box.width() - x - pad
        if item.badge and item.signal:
            room -= self._paint_badge(painter, item, box, at) + style.px(16)
        title, small = style.font("body", bold=True), style.font("caption")
        half = box.height() // 2
        painter.setFont(title)
        painter.setPen(QColor(theme.text))
        upper = at(x, style.px(8), room, half - style.px(8))
        whole = at(x, 0, room, box.height())
        painter.drawText(upper if item.subtitle else whole, _LEADING, elide(item.title, title, room))
        painter.setFont(small)
        painter.setPen(QColor(theme.quiet))
        subtitle = elide(item.subtitle, small, room)
        painter.drawText(at(x, half, room, half - style.px(8)), _LEADING, subtitle)
        if item.trailing:
            rest = room - QFontMetrics(title).horizontalAdvance(item.title) - style.px(16)
            text = elide(item.trailing, small, max(0, rest))
            width = QFontMetrics(small).horizontalAdvance(text)
            painter.drawText(at(x + room - width, style.px(8), width, half - style.px(8)), _LEADING, text)

    def _paint_badge(self, painter: QPainter, item: ListItem, box: QRect, at: _Place) -> int:
        style, theme = self.style, self.style.theme
        font = style.font("caption", bold=True)
        colours = theme.signal(item.signal or Colour.BLUE)
        width, height = QFontMetrics(font).horizontalAdvance(item.badge) + style.px(48), style.px(32)
        badge_box = at(box.width() - width - style.px(20), (box.height() - height) // 2, width, height)
        draw_rounded_rect(painter, badge_box, height / 2, QColor(colours.tint), QColor(colours.mark), 1)
        side = style.px(16)
        inner = QRect(badge_box.left() + style.px(12), badge_box.center().y() - side // 2 + 1, side, side)
        place = QStyle.visualRect(painter.layoutDirection(), badge_box, inner)
        painter.drawPixmap(place.topLeft(), icon(f"verdict-{item.signal}", side, colours.mark))
        words = QRect(badge_box.left() + style.px(34), badge_box.top(), width - style.px(40), height)
        painter.setFont(font)
        painter.setPen(QColor(colours.on_tint))
        painter.drawText(QStyle.visualRect(painter.layoutDirection(), badge_box, words), _LEADING, item.badge)
        return width


class _CompactDelegate(_ItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self.style.px(200), _row_height(self.style))

    def _paint_item(self, painter: QPainter, option: QStyleOptionViewItem, item: ListItem) -> None:
        style, theme, row = self.style, self.style.theme, option.rect
        rtl = option.direction is Qt.LayoutDirection.RightToLeft

        def at(x: int, y: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(
                option.direction, row, QRect(row.left() + x, row.top() + y, width, height)
            )

        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, QColor(theme.raised))
        painter.fillRect(QRect(row.left(), row.bottom(), row.width(), 1), QColor(theme.line))
        side, gap = style.px(22), style.px(12)
        signal = item.signal or Colour.BLUE
        shape = icon(f"verdict-{signal}", side, theme.signal(signal).mark, ratio=self.ratio, rtl=rtl)
        painter.drawPixmap(at(style.px(2), (row.height() - side) // 2, side, side).topLeft(), shape)
        small = style.font("caption")
        trailing_width = QFontMetrics(small).horizontalAdvance(item.trailing) + style.px(8)
        x = style.px(2) + side + gap
        painter.setFont(small)
        painter.setPen(QColor(theme.quiet))
        painter.drawText(
            at(row.width() - trailing_width, 0, trailing_width, row.height()), _LEADING, item.trailing
        )
        room = row.width() - x - trailing_width - gap
        font = style.font("body")
        font.setPixelSize(style.text("caption") + style.px(2))
        font.setWeight(font.Weight.DemiBold)
        half = row.height() // 2
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        upper = at(x, style.px(5), room, half - style.px(4))
        whole = at(x, 0, room, row.height())
        painter.drawText(upper if item.subtitle else whole, _LEADING, elide(item.title, font, room))
        if item.subtitle:
            painter.setFont(small)
            painter.setPen(QColor(theme.quiet))
            subtitle = elide(item.subtitle, small, room)
            painter.drawText(at(x, half, room, half - style.px(4)), _LEADING, subtitle)


class ItemList(QListView):
    """A list of `ListItem`s. `selected` carries the id of a card that was selected; `left_at_top`: Up was pressed on the first card.

    Letters go to the next card that begins with them, or, with `passes_letters`, on to the parent: it has a line to type into.
    """

    selected = Signal(str)
    left_at_top = Signal()

    def __init__(self, kind: ListKind = ListKind.CARDS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._style, self._items = kind, DEFAULT_STYLE, ItemModel()
        self.passes_letters = kind is ListKind.COMPACT
        self._delegate = _CardDelegate(self) if kind is ListKind.CARDS else _CompactDelegate(self)
        self.setModel(self._items)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if kind is ListKind.CARDS:
            self.clicked.connect(self._select)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = self._delegate.style = style
        self._delegate.ratio = self.devicePixelRatioF()
        self.doItemsLayout()

    def set_items(self, items: tuple[ListItem, ...]) -> None:
        """Show other items.

        Of cards that open, the current one gets the cursor, else the first. While they are shown, the cursor stays on its
        item: the age of a list changes each second.
        """
        if self._kind is ListKind.COMPACT:
            if items != self._items.items:
                self._items.set_items(items)
            return
        cursor = self.currentIndex().data(ITEM_ROLE)
        if items != self._items.items and not self._items.update_items(items):
            self._items.set_items(())
            self._items.set_items(items)
        kept = cursor.id if isinstance(cursor, ListItem) and self.isVisible() else None
        at = next((number for number, item in enumerate(items) if item.id == kept), None)
        if at is None:
            at = next((number for number, item in enumerate(items) if item.current), 0)
        if items and self.currentIndex().row() != at:
            self.setCurrentIndex(self._items.index(at))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show whole compact rows only: half a name at the lower edge reads like another one."""
        if self._kind is ListKind.COMPACT:
            row = _row_height(self._style)
            self.setViewportMargins(0, 0, 0, self.height() % row if self.height() > row else 0)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select a card by Enter or Space; leave the cards by Up on the first; pass letters on that the parent takes."""
        is_card = self._kind is ListKind.CARDS
        if self.passes_letters and event.text().strip() and event.text().isprintable():
            event.ignore()
            return
        if is_card and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._select(self.currentIndex())
            return
        if is_card and event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.left_at_top.emit()
            return
        super().keyPressEvent(event)

    def _select(self, index: QModelIndex) -> None:
        item = index.data(ITEM_ROLE)
        if isinstance(item, ListItem):
            self.selected.emit(item.id)
