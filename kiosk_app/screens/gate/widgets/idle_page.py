"""Ready: the camera's picture, large, and under it what to do."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk_app.messages import CameraState
from kiosk_app.screens.gate.view_state import Banner
from kiosk_app.ui.camera_preview import Preview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import is_rtl, mirrored, painter_of
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import Lettering, fit

_STAND_INS = {
    CameraState.LIVE: "",
    CameraState.STARTING: "camera",
    CameraState.MISSING: "camera-off",
    CameraState.NONE: "ticket",
}


class BannerBand(QWidget):
    """One large line and a smaller one, with an icon; coloured only where something is the matter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._banner = FIRST_LOOK, Banner("")
        self._title: Lettering | None = None
        self._text: Lettering | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self.updateGeometry()
        self._lay_out()

    def show_banner(self, banner: Banner) -> None:
        """Say something else."""
        self._banner = banner
        self.setAccessibleName(" ".join(part for part in (banner.title, banner.text) if part))
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Room for both lines."""
        return QSize(self._look.px(640), self._look.px(120))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit the texts anew."""
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, icon, two lines."""
        painter, look, theme = painter_of(self), self._look, self._look.theme
        signal = self._banner.signal
        colours = theme.signal(signal) if signal else None
        painter.fillRect(self.rect(), QColor(colours.tint if colours else theme.surface))
        if theme.line == theme.text:
            painter.fillRect(QRect(0, 0, self.width(), 2), QColor(theme.line))
        if self._title is None or self._text is None:
            return
        ink = QColor(colours.on_tint if colours else theme.text)
        side, pad = look.px(56), look.px(32)
        name = f"verdict-{signal}" if signal else "ticket"
        mark = colours.mark if colours else theme.accent
        box = mirrored(self, self.rect(), QRect(pad, (self.height() - side) // 2, side, side))
        painter.drawPixmap(
            box.topLeft(), icon(name, side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        )
        gap = look.px(4) if self._text.lines else 0
        y = (self.height() - self._title.height - gap - self._text.height) // 2
        lines = mirrored(
            self, self.rect(), QRect(pad + side + look.px(24), y, self._room(), self._title.height)
        )
        self._title.draw(painter, lines, ink, align=Qt.AlignmentFlag.AlignLeft)
        lines.moveTop(y + self._title.height + gap)
        quiet = ink if colours else QColor(theme.quiet)
        self._text.draw(painter, lines, quiet, align=Qt.AlignmentFlag.AlignLeft)

    def _room(self) -> int:
        look = self._look
        return max(1, self.width() - look.px(32) * 2 - look.px(56) - look.px(24))

    def _lay_out(self) -> None:
        look = self._look
        large = look.text("large")
        sizes = (large, round(large * 0.85), round(large * 0.7))
        self._title = fit(self._banner.title, self._room(), sizes, bold=True)
        self._text = fit(self._banner.text, self._room(), (look.text("body"), look.px(16)), max_lines=2)
        self.update()


class IdlePage(QWidget):
    """The preview over the band."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview, self._band = Preview(), BannerBand()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.preview, 1)
        column.addWidget(self._band)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self.preview.set_look(look)
        self._band.set_look(look)

    def set_image(self, image: QImage) -> None:
        """The newest frame."""
        self.preview.set_image(image)

    def show_ready(self, banner: Banner, camera: CameraState, preview_name: str) -> None:
        """What to do, and whether there is a picture."""
        self._band.show_banner(banner)
        self.preview.stand_in(_STAND_INS[camera])
        self.preview.setAccessibleName(preview_name)
