"""Render a job for a printer's paper. Needs a QGuiApplication; the platform `offscreen` will do."""

import os
import sys

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from hardware.printer import PagePaper, PdfDocument, Raster, RollPaper
from kiosk_app.core.printing.contents import BadgeContent, PrintContent, PrintJob, SlipContent
from kiosk_app.ui.printouts.badge import draw_badge
from kiosk_app.ui.printouts.blocks import Column
from kiosk_app.ui.printouts.slip import slip_column, test_column
from resources.translations.catalogue import texts

_PAGE_DPI = 300
_MM_PER_INCH = 25.4
_SLIP_MM = 80
"""A slip on a page is as wide as on a roll."""
_LABEL_RATIO = 54 / 85.6
_MARGIN = 0.02
_BLACK_BELOW = 128


def start_qt() -> QGuiApplication:
    """Start Qt without a window for a process that only draws; keep the result as long as it draws."""
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return QGuiApplication([])


def render(job: PrintJob, paper: RollPaper | PagePaper) -> Raster | PdfDocument:
    """Draw a job for a roll or for pages."""
    if isinstance(paper, RollPaper):
        return to_raster(draw_roll(job, paper))
    return _draw_pdf(job, paper)


def draw_roll(job: PrintJob, paper: RollPaper) -> QImage:
    """Draw a job as a picture as wide as the paper; a slip is as high as it needs or the label is, a badge has the shape of a card."""
    width = paper.width
    margin = round(width * _MARGIN)
    if paper.label_height is not None:
        image = _blank(width, paper.label_height)
        painter = _painter(image, job)
        draw_page(painter, image.rect(), paper.dpi, job)
    elif isinstance(job.content, BadgeContent):
        image = _blank(width, round(width * _LABEL_RATIO))
        painter = _painter(image, job)
        draw_badge(painter, image.rect(), job.content)
    else:
        inner = width - 2 * margin
        slip = _column(job.content, job.language, inner)
        image = _blank(width, slip.height + 2 * margin)
        painter = _painter(image, job)
        slip.draw(painter, margin, margin, inner)
    painter.end()
    return image


def to_raster(image: QImage) -> Raster:
    """Return a picture as black and white dots."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), dtype=np.uint8).reshape(grey.height(), grey.bytesPerLine())
    dots = rows[:, : grey.width()] < _BLACK_BELOW
    return Raster(grey.width(), np.packbits(dots, axis=1).tobytes())


def draw_page(painter: QPainter, size: QRect, dpi: int, job: PrintJob) -> None:
    """Draw a job on a page of `size` in dots."""
    painter.setLayoutDirection(_direction(job))
    if isinstance(job.content, BadgeContent):
        draw_badge(painter, size, job.content)
        return
    width = min(size.width(), round(_SLIP_MM / _MM_PER_INCH * dpi))
    margin = round(width * _MARGIN * 2)
    slip = _column(job.content, job.language, width - 2 * margin)
    if slip.height + 2 * margin > size.height():  # a page is as high as it is
        scale = size.height() / (slip.height + 2 * margin)
        painter.translate(size.width() * (1 - scale) / 2, 0)
        painter.scale(scale, scale)
    slip.draw(painter, (size.width() - width) // 2 + margin, margin, width - 2 * margin)


def _draw_pdf(job: PrintJob, paper: PagePaper) -> PdfDocument:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    size = QPageSize(QSizeF(paper.width_mm, paper.height_mm), QPageSize.Unit.Millimeter)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    writer.setResolution(_PAGE_DPI)
    writer.setCreator("Doorward")
    painter = QPainter(writer)
    draw_page(painter, QRect(0, 0, writer.width(), writer.height()), _PAGE_DPI, job)
    painter.end()
    del writer
    return PdfDocument(f"{job.content.kind}-{job.id}", bytes(buffer.data().data()))


def _column(content: PrintContent, language: str, width: int) -> Column:
    if isinstance(content, SlipContent):
        return slip_column(content, texts(language), width)
    if isinstance(content, BadgeContent):
        raise TypeError("a badge is no column")
    return test_column(content, texts(language), width)


def _blank(width: int, height: int) -> QImage:
    image = QImage(width, max(1, height), QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    return image


def _painter(image: QImage, job: PrintJob) -> QPainter:
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setLayoutDirection(_direction(job))
    return painter


def _direction(job: PrintJob) -> Qt.LayoutDirection:
    is_rtl = texts(job.language).rtl
    return Qt.LayoutDirection.RightToLeft if is_rtl else Qt.LayoutDirection.LeftToRight
