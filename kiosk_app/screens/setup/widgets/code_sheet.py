"""The test code on paper: a PDF page, and a picture beside it."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QStandardPaths, Qt
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from kiosk_app.ui.code_image import CodeImage
from kiosk_app.ui.style import build_font
from resources.translations.catalogue import Texts

FILE_NAME = "doorward-scanner-test"
_DPI, _SIDE_MM = 300, 60


def save_code_sheet(code: CodeImage, texts: Texts, folder: Path | None = None) -> str | None:
    """Write the code as PDF and PNG into the user's documents; return the PDF's path, or None if it could not be written."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    target = folder or Path(documents or Path.home())
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    path = target / f"{FILE_NAME}.pdf"
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(20, 20, 20, 20))
    writer.setResolution(_DPI)
    painter = QPainter()
    if not painter.begin(writer):
        return None
    width, side = writer.width(), round(_SIDE_MM / 25.4 * _DPI)
    painter.setFont(build_font(round(_DPI / 4), bold=True))
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(QRectF(0, 0, width, _DPI), flags, texts("setup.scanner.heading"))
    code.paint(painter, QRectF((width - side) / 2, _DPI, side, side))
    painter.setFont(build_font(round(_DPI / 7)))
    painter.drawText(QRectF(0, _DPI * 1.3 + side, width, _DPI), flags, texts("setup.scanner.caption"))
    painter.end()
    saved = code.image().save(str(target / f"{FILE_NAME}.png"))
    return str(path) if saved else None
