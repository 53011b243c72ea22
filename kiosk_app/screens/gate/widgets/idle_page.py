"""The page while no scan is shown: the camera's picture and the banner under it."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk_app.messages import CameraAvailability
from kiosk_app.screens.gate.presenter.view_state import Banner
from kiosk_app.ui.camera_preview import CameraPreview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, is_rtl, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import FittedText, fit_text

_PLACEHOLDERS = {
    CameraAvailability.LIVE: "",
    CameraAvailability.STARTING: "camera",
    CameraAvailability.MISSING: "camera-off",
    CameraAvailability.FROZEN: "camera-off",
    CameraAvailability.BUSY: "camera-off",
    CameraAvailability.ACCESS_DENIED: "camera-off",
    CameraAvailability.COVERED: "",
    CameraAvailability.OVEREXPOSED: "",
    CameraAvailability.ENDED: "camera",
    CameraAvailability.NONE: "ticket",
}


class BannerBand(QWidget):
    """One large line and a smaller one, with an icon; coloured only where something needs attention."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style, self._banner = DEFAULT_STYLE, Banner("")
        self._title: FittedText | None = None
        self._text: FittedText | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.updateGeometry()
        self._lay_out()

    def show_banner(self, banner: Banner) -> None:
        """Show another banner."""
        self._banner = banner
        self.setAccessibleName(" ".join(part for part in (banner.title, banner.text) if part))
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Return the size for both lines."""
        return QSize(self._style.px(640), self._style.px(120))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit the texts to the new size."""
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon and two lines."""
        painter, style, theme = create_painter(self), self._style, self._style.theme
        signal = self._banner.signal
        colours = theme.signal(signal) if signal else None
        painter.fillRect(self.rect(), QColor(colours.tint if colours else theme.surface))
        if theme.line == theme.text:
            painter.fillRect(QRect(0, 0, self.width(), 2), QColor(theme.line))
        if self._title is None or self._text is None:
            return
        ink = QColor(colours.on_tint if colours else theme.text)
        side, pad = style.px(56), style.px(32)
        name = f"verdict-{signal}" if signal else "ticket"
        mark = colours.mark if colours else theme.accent
        box = mirror(self, self.rect(), QRect(pad, (self.height() - side) // 2, side, side))
        painter.drawPixmap(
            box.topLeft(), icon(name, side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        )
        gap = style.px(4) if self._text.lines else 0
        y = (self.height() - self._title.height - gap - self._text.height) // 2
        lines = mirror(
            self, self.rect(), QRect(pad + side + style.px(24), y, self._text_width(), self._title.height)
        )
        self._title.draw(painter, lines, ink, align=Qt.AlignmentFlag.AlignLeft)
        lines.moveTop(y + self._title.height + gap)
        quiet = ink if colours else QColor(theme.quiet)
        self._text.draw(painter, lines, quiet, align=Qt.AlignmentFlag.AlignLeft)

    def _text_width(self) -> int:
        style = self._style
        return max(1, self.width() - style.px(32) * 2 - style.px(56) - style.px(24))

    def _lay_out(self) -> None:
        style = self._style
        large = style.text("large")
        sizes = (large, round(large * 0.85), round(large * 0.7))
        self._title = fit_text(self._banner.title, self._text_width(), sizes, bold=True)
        self._text = fit_text(
            self._banner.text, self._text_width(), (style.text("body"), style.px(16)), max_lines=2
        )
        self.update()


class IdlePage(QWidget):
    """The preview and the banner below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview, self._band = CameraPreview(), BannerBand()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.preview, 1)
        column.addWidget(self._band)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self.preview.apply_style(style)
        self._band.apply_style(style)

    def show_frame(self, image: QImage) -> None:
        """Show the newest frame."""
        self.preview.show_frame(image)

    def show_ready(self, banner: Banner, camera: CameraAvailability, preview_name: str) -> None:
        """Show the banner, and the camera's picture or its placeholder."""
        self._band.show_banner(banner)
        self.preview.set_placeholder(_PLACEHOLDERS[camera])
        self.preview.setAccessibleName(preview_name)
