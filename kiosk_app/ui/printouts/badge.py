"""The layout of badges, for pages and labels of any size, upright or lying."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter

from kiosk_app.core.printing.contents import BadgeContent
from kiosk_app.ui.printouts.blocks import (
    BLACK,
    Block,
    band,
    draw_code,
    fit,
    fit_code,
    plain,
    steps,
    text_block,
)
from kiosk_app.ui.text_fitting import FittedText, fit_text


def draw_badge(painter: QPainter, rect: QRect, content: BadgeContent) -> None:
    """Draw a badge into a rectangle: the event above, the name large, its code beside or below, the category at the foot."""
    short = min(rect.width(), rect.height())
    margin = round(short * 0.06)
    foot = _category(content, rect.width() - 2 * margin, short)
    if foot is not None:
        foot.draw(painter, QRect(rect.left(), rect.bottom() + 1 - foot.height, rect.width(), foot.height))
    inner = rect.adjusted(margin, margin, -margin, -margin - (foot.height if foot is not None else 0))
    head = text_block(
        fit(plain(content.event_name), inner.width(), steps(short * 0.075, short * 0.045), max_lines=2)
    )
    head.draw(painter, QRect(inner.left(), inner.top(), inner.width(), head.height))
    body = inner.adjusted(0, head.height + margin // 2, 0, 0)
    if content.ticket_code:
        body = _draw_code(painter, body, content.ticket_code, margin)
    name = _fit_name(plain(content.name), body, short)
    top = body.top() + max(0, (body.height() - name.height) // 2)
    name.draw(
        painter,
        QRect(body.left(), top, body.width(), name.height),
        BLACK,
        align=Qt.AlignmentFlag.AlignHCenter,
    )


def _fit_name(name: str, body: QRect, short: int) -> FittedText:
    """Fit a name as large as it goes: two or three large lines are read from further away than a small one."""
    sizes = steps(short * 0.2, short * 0.05)
    for lines in (3, 2, 1):
        fitted = fit_text(
            name,
            body.width(),
            [size for size in sizes if size * lines <= body.height()] or sizes[-1:],
            max_lines=lines,
            bold=True,
        )
        if fitted.height <= body.height():
            break
    return fitted


def _category(content: BadgeContent, width: int, short: int) -> Block | None:
    if not content.category:
        return None
    fitted = fit(plain(content.category), width, steps(short * 0.11, short * 0.06), max_lines=2, bold=True)
    return band(fitted, round(short * 0.02))


def _draw_code(painter: QPainter, body: QRect, text: str, margin: int) -> QRect:
    """Draw the code at the end of a lying badge, or at the foot of an upright one; return what is left."""
    if body.width() > body.height() * 1.15:
        code = fit_code(
            text, min(body.height(), round(body.width() * 0.4)), min(body.height(), body.width() // 2)
        )
        if code is None:
            return body
        side = code.side
        is_mirrored = painter.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = body.left() if is_mirrored else body.right() + 1 - side
        draw_code(painter, QRect(left, body.top() + (body.height() - side) // 2, side, side), code)
        return (
            body.adjusted(side + margin, 0, 0, 0) if is_mirrored else body.adjusted(0, 0, -side - margin, 0)
        )
    code = fit_code(text, min(body.width(), round(body.height() * 0.5)), body.width())
    if code is None:
        return body
    draw_code(painter, QRect(body.left(), body.bottom() + 1 - code.side, body.width(), code.side), code)
    return body.adjusted(0, 0, 0, -code.side)
