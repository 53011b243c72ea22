"""A4 pages as PDF, with text in any script that is fitted into boxes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO

import structlog
from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from hub_sync.hub.domains.tickets import fonts
from hub_sync.hub.domains.tickets.shared_fonts import Fit, SharedFonts

log = structlog.get_logger(__name__)

_PT_MM = 25.4 / 72
_LEADING = 1.3
_FAMILY, _BUILT_IN = "ticket", "helvetica"
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""They shape neighbouring letters in Persian and Indic scripts. Other invisible characters are not printed."""
_WESTERN = str.maketrans({"…": ".", "\N{EN DASH}": "-"})
"""Replacements for characters that the built-in font lacks."""
_LAST_LATIN = "\u024f"
"""The last letter of Latin scripts that has its marks in it."""
_EMOJI_SELECTORS = range(0xFE00, 0xFE10)


class PdfSheet:
    """A4 pages, one at a time. Lengths are in millimetres, font sizes in points."""

    WIDTH, HEIGHT = 210.0, 297.0

    def __init__(
        self,
        *,
        language: str,
        title: str,
        created_at: datetime,
        right_to_left: bool,
        shared: SharedFonts | None = None,
    ) -> None:
        """Create an empty page. The same content with the same `created_at` gives the same bytes."""
        self._shared = shared or SharedFonts()
        self._pdf = FPDF(format="A4")
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_creation_date(created_at)
        self._pdf.set_lang(language)
        self._pdf.set_title(title)
        self._pdf.set_producer("Doorward")
        self._pdf.add_page()
        self.right_to_left = right_to_left
        self._family = _BUILT_IN

    def load_fonts(self, regular: str, bold: str) -> None:
        """Load the fonts for all texts of the page: `regular` and `bold` contain every character to print."""
        for style, text in (("", regular), ("B", bold)):
            main = fonts.base_font(style)
            if main is None or not self._load(_FAMILY, style, main):
                return
            for number, font in enumerate(fonts.fallback_fonts(text, style)):
                self._load(f"{_FAMILY}-{number}{style}", style, font)
        self._family = _FAMILY
        others = [key for key in self._pdf.fonts if key.lower().startswith(f"{_FAMILY}-")]
        self._pdf.set_fallback_fonts([key.removesuffix("B") for key in others], exact_match=False)
        self._pdf.set_text_shaping(use_shaping_engine=True)

    def next_page(self) -> None:
        """Begin another page."""
        self._pdf.add_page()

    def write(
        self,
        text: str,
        box: tuple[float, float, float, float],
        sizes: Sequence[int],
        *,
        style: str = "",
        grey: int = 17,
        align: Align | None = None,
    ) -> float:
        """Write text into a box (x, y, width, height) in the largest size that fits, and return the y where it ends.

        Text that does not fit in the smallest size is cut. The box is mirrored on a page that is read from right to left.
        """
        x, y, width, height = box
        text = self._printable(text)
        if not text:
            return y
        size, lines = self._fit(text, width, height, sizes, style)
        self._pdf.set_font(self._family, style, size)
        self._pdf.set_text_color(grey)
        self._pdf.set_xy(self.mirror(x, width), y)
        # `cell` is fast, because it looks for no line ends, and does not place the marks above and below letters.
        print_line = self._pdf.cell if max(text) <= _LAST_LATIN else self._pdf.multi_cell
        for line in lines:
            print_line(
                width,
                size * _PT_MM * _LEADING,
                line,
                align=align or (Align.R if self.right_to_left else Align.L),
                new_x=XPos.LEFT,
                new_y=YPos.NEXT,
            )
        return float(self._pdf.get_y())

    def draw_image(self, png: bytes, x: float, y: float, width: float, alt_text: str) -> None:
        """Draw a square image; screen readers read `alt_text`."""
        self._pdf.image(BytesIO(png), x=self.mirror(x, width), y=y, w=width, h=width, alt_text=alt_text)

    def draw_fold_line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a dashed line to fold the paper along."""
        self._pdf.set_draw_color(160)
        self._pdf.set_line_width(0.2)
        self._pdf.set_dash_pattern(dash=1, gap=2)
        self._pdf.line(x1, y1, x2, y2)
        self._pdf.set_dash_pattern()

    def draw_rule(self, x: float, y: float, width: float) -> None:
        """Draw a thin horizontal line."""
        self._pdf.set_draw_color(120)
        self._pdf.set_line_width(0.3)
        left = self.mirror(x, width)
        self._pdf.line(left, y, left + width, y)

    def mirror(self, x: float, width: float) -> float:
        """Return the left edge of a box of this width, mirrored on a page that is read from right to left."""
        return self.WIDTH - x - width if self.right_to_left else x

    def output(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def _load(self, family: str, style: str, font: fonts.FontFile) -> bool:
        try:
            file = self._shared.file_of(font)
            self._pdf.add_font(family, style, file.path, collection_font_number=file.face)
            added = self._pdf.fonts[f"{family.lower()}{style}"]
            if file != font and isinstance(added, TTFFont):
                added.ttfont.recalcBBoxes = (
                    False  # the outlines are the whole font's: to pack them anew takes long
                )
        except (OSError, TTLibError) as error:
            log.warning("ticket_font_unusable", file=font.path.name, why=str(error))
            return False
        return True

    def _printable(self, text: str) -> str:
        """Return the text without control characters, and with a mark for letters that no loaded font has."""
        plain = " ".join(text.split())
        if self._family == _BUILT_IN:
            plain = plain.translate(_WESTERN)
        characters = [
            character if self._has_glyph(character) else _UNKNOWN
            for character in plain
            if (character.isprintable() or character in _JOINERS) and ord(character) not in _EMOJI_SELECTORS
        ]
        unknown = _UNKNOWN if self._has_glyph(_UNKNOWN) else "?"
        return "".join(characters).replace(_UNKNOWN, unknown)

    def _has_glyph(self, character: str) -> bool:
        if self._family == _BUILT_IN:
            return character.encode("latin-1", "replace") != b"?" or character == "?"
        return character in _JOINERS or any(
            ord(character) in font.cmap for font in self._pdf.fonts.values() if isinstance(font, TTFFont)
        )

    def _fit(self, text: str, width: float, height: float, sizes: Sequence[int], style: str) -> Fit:
        key = (text, width, height, *sizes, style)
        if key not in self._shared.fits:
            self._shared.fits[key] = self._find_fit(text, width, height, sizes, style)
        return self._shared.fits[key]

    def _find_fit(self, text: str, width: float, height: float, sizes: Iterable[int], style: str) -> Fit:
        size, lines, room = 0, [text], 1
        for size in sizes:
            lines = self._wrap(text, width, size, style)
            room = max(1, int(height / (size * _PT_MM * _LEADING)))
            if len(lines) <= room:
                return size, lines
        return size, [*lines[: room - 1], lines[room - 1][:-1].rstrip() + self._printable("…")]

    def _wrap(self, text: str, width: float, size: int, style: str) -> list[str]:
        self._pdf.set_font(self._family, style, size)
        if self._pdf.get_string_width(text) <= width:
            return [text]
        lines = self._pdf.multi_cell(width, size, text, dry_run=True, output=MethodReturnValue.LINES)
        return lines if isinstance(lines, list) else []
