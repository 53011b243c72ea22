"""The layout of slips: a queue number, and the test print of the set-up."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from kiosk_app.core.printing.contents import SlipContent, TestSlipContent
from kiosk_app.ui.printouts.blocks import (
    BLACK,
    Block,
    Column,
    code_block,
    column,
    fit,
    plain,
    rule,
    space,
    steps,
    text_block,
)
from resources.translations.catalogue import Texts

_DESIGN_WIDTH = 576
_SCRIPTS = ("Grüße, Żółć", "مرحباً بكم", "ברוכים הבאים", "ยินดีต้อนรับ", "欢迎 ようこそ 환영합니다")
_TEST_CODE = "DOORWARD TEST"


def slip_column(content: SlipContent, texts: Texts, width: int) -> Column:
    """Lay a queue number's slip out for a column of `width` dots."""
    unit = width / _DESIGN_WIDTH
    body = steps(30 * unit, 22 * unit)

    def line(text: str, *, max_lines: int = 2, bold: bool = False) -> Block | None:
        return text_block(fit(text, width, body, max_lines=max_lines, bold=bold)) if text else None

    gap = space(round(14 * unit))
    title = fit(plain(content.queue_name), width, steps(44 * unit, 28 * unit), max_lines=3, bold=True)
    number = fit(plain(content.number), width, steps(190 * unit, 48 * unit), max_lines=2, bold=True)
    code = code_block(content.status_url, round(280 * unit), width) if content.status_url else None
    return column(
        (
            line(plain(content.event_name)),
            gap if content.event_name else None,
            rule(max(1, round(3 * unit))),
            gap,
            text_block(title),
            line(texts("printout.your_number"), max_lines=1),
            text_block(number),
            gap,
            line(_wait(content, texts), bold=True),
            line("" if content.people_ahead is None else _ahead(content.people_ahead, texts)),
            line(plain(content.note), max_lines=4),
            gap,
            code,
            line(texts("printout.follow")) if code is not None else None,
            gap if code is not None else None,
            rule(max(1, round(3 * unit))),
            gap,
            line(texts("printout.issued", at=_when(content, texts)), max_lines=1),
        )
    )


def test_column(content: TestSlipContent, texts: Texts, width: int) -> Column:
    """Lay the test print out: its edges show if the width is right, its lines if each script has a font."""
    unit = width / _DESIGN_WIDTH
    body, gap = steps(28 * unit, 18 * unit), space(round(14 * unit))

    def line(text: str, *, max_lines: int = 2) -> Block:
        return text_block(fit(text, width, body, max_lines=max_lines))

    return column(
        (
            Block(round(40 * unit), _draw_edges),
            text_block(
                fit(texts("printout.test"), width, steps(48 * unit, 24 * unit), max_lines=2, bold=True)
            ),
            line(plain(content.station_name)),
            line(plain(content.printer), max_lines=4),
            line(f"{content.printed_at:%Y-%m-%d %H:%M}"),
            gap,
            rule(max(1, round(3 * unit))),
            *(line(words) for words in _SCRIPTS),
            rule(max(1, round(3 * unit))),
            gap,
            code_block(_TEST_CODE, round(220 * unit), width),
            line(texts("printout.test_edges"), max_lines=4),
            Block(round(40 * unit), _draw_edges),
        )
    )


test_column.__test__ = False  # type: ignore[attr-defined] # no test of pytest's


def _draw_edges(painter: QPainter, rect: QRect) -> None:
    """Draw an arrow to each edge of the paper."""
    height, thickness = rect.height(), max(2, rect.height() // 10)
    middle = rect.top() + height // 2
    painter.fillRect(rect.left(), rect.top(), thickness, height, BLACK)
    painter.fillRect(rect.right() - thickness + 1, rect.top(), thickness, height, BLACK)
    painter.fillRect(rect.left(), middle - thickness // 2, rect.width(), thickness, BLACK)


def _wait(content: SlipContent, texts: Texts) -> str:
    if content.wait_minutes is None:
        return ""
    least, most = sorted(content.wait_minutes)
    if most <= 0:
        return texts("printout.no_wait")
    return (
        texts("printout.wait_about", n=most) if least == most else texts("printout.wait", least=least, n=most)
    )


def _ahead(count: int, texts: Texts) -> str:
    return texts("printout.next") if count <= 0 else texts("printout.ahead", n=count)


def _when(content: SlipContent, texts: Texts) -> str:
    at = content.issued_at
    text = f"{at:%Y-%m-%d} {texts.clock(at)}"
    return f"\u2066{text}\u2069" if texts.rtl else text
