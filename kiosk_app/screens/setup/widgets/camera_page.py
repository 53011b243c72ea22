"""The page of the camera: its picture with the area for codes, what it reads, and the cameras of this machine to choose from."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.camera import CameraPresenter
from kiosk_app.screens.setup.widgets.page import LivePage
from kiosk_app.ui.camera_preview import CameraPreview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts

_TICK_MS = 2_000
_SIDE_COLUMN = 420


class CameraPage(LivePage):
    """Two columns: the live picture with its state below; the cameras."""

    presenter: CameraPresenter

    icon_name = "camera"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = CameraPresenter(texts)
        self.preview, self.mark, self.title, self.text = (
            CameraPreview(),
            PlainLabel(),
            PlainLabel(),
            PlainLabel(),
        )
        if context.guide is not None:
            self.preview.set_guide(QRectF(*context.guide))
        self.choice, self.cameras = PlainLabel(texts("setup.camera.choice")), ItemList()
        self._columns, self._left, self._right = QHBoxLayout(self), QVBoxLayout(), QVBoxLayout()
        self._heading = QHBoxLayout()
        for label in (self.title, self.text, self.choice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("quiet", True)
        self._heading.addWidget(self.mark)
        self._heading.addWidget(self.title, 1)
        self._left.addWidget(self.preview, 1)
        self._left.addLayout(self._heading)
        self._left.addWidget(self.text)
        self._right.addWidget(self.choice)
        self._right.addWidget(self.cameras, 1)
        self._columns.addLayout(self._left, 1)
        self._columns.addLayout(self._right)
        self.cameras.setAccessibleName(self.choice.text())
        self.cameras.selected.connect(lambda address: self.issue(self.presenter.choose(address)))
        self.first = self.cameras
        self.watch(_TICK_MS)
        self.render_state()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._columns.setContentsMargins(style.px(40), style.px(36), style.px(40), style.px(36))
        self._columns.setSpacing(style.px(36))
        for row in (self._left, self._right, self._heading):
            row.setSpacing(style.px(12))
        self.preview.apply_style(style, radius=20)
        self.cameras.apply_style(style)
        self.title.setFont(style.font("large", bold=True))
        self.choice.setFont(style.font("title", bold=True))
        self.text.setFont(style.font("body"))
        for widget in (self.choice, self.cameras):
            widget.setFixedWidth(style.px(_SIDE_COLUMN))
        self.render_state()

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame."""
        self.preview.show_frame(image)

    def render_state(self) -> None:
        """Show what the presenter holds."""
        state = self.presenter.state
        colour = self.style_.theme.signal(state.signal).mark
        name = f"verdict-{state.signal.value}"
        self.mark.setPixmap(icon(name, self.style_.px(40), colour, ratio=self.devicePixelRatioF()))
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.preview.set_placeholder("camera-off" if state.is_dark else "camera")
        self.cameras.set_items(state.cameras)
        self.setAccessibleName(f"{state.title} {state.text}")
