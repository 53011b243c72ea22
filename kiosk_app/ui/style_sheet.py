"""The theme as palette and style sheet, for what Qt draws itself: input lines, lists, scroll bars, labels."""

from PySide6.QtGui import QColor, QPalette

from kiosk_app.ui.style import Style

_ROLES = {
    QPalette.ColorRole.Window: "ground",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "field",
    QPalette.ColorRole.AlternateBase: "surface",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "quiet",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
}


def palette(style: Style) -> QPalette:
    """Return the theme as Qt's palette."""
    colours = QPalette()
    for role, token in _ROLES.items():
        colours.setColor(role, QColor(getattr(style.theme, token)))
    return colours


def style_sheet(style: Style) -> str:
    """Return the theme as a style sheet for the screen's root."""
    theme, px = style.theme, style.px
    line = f"border-bottom: 2px solid {theme.line};" if theme.ground == theme.surface else ""
    over = f"border-top: 2px solid {theme.line};" if theme.ground == theme.surface else ""
    side = f"border-left: 2px solid {theme.line};" if theme.ground == theme.surface else ""
    sheet = theme.line if theme.ground == theme.surface else theme.surface
    return f"""
    QWidget#gate, QWidget#firstStart, QWidget#kiosk, QWidget#setup, QWidget#desk, QWidget#board {{ background: {theme.ground}; }}
    QWidget#topBar {{ background: {theme.surface}; {line} }}
    QWidget#bottomBar {{ background: {theme.surface}; {over} }}
    QWidget#alertStrip {{ background: {theme.amber.tint}; border-top: 2px solid {theme.amber.mark}; }}
    QWidget#side {{ background: {theme.surface}; {side} }}
    QWidget#panel {{ background: {theme.ground}; }}
    QWidget#sheet {{ background: {theme.surface}; border: {px(2)}px solid {sheet}; border-radius: {px(20)}px; }}
    QLabel {{ background: transparent; color: {theme.text}; }}
    QLabel[quiet="true"] {{ color: {theme.quiet}; }}
    QLabel[problem="true"] {{
        color: {theme.amber.on_tint}; background: {theme.amber.tint}; border: 2px solid {theme.amber.mark};
        border-radius: {px(10)}px; padding: {px(8)}px {px(14)}px;
    }}
    QLineEdit {{
        background: {theme.field}; color: {theme.text}; placeholder-text-color: {theme.quiet}; border: 2px solid {theme.edge};
        border-radius: {px(12)}px; padding: 0 {px(16)}px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QLineEdit:focus {{ border: 3px solid {theme.focus}; padding: 0 {px(16) - 1}px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QListView {{ background: transparent; border: none; outline: none; border-radius: {px(8)}px; }}
    QScrollBar:vertical {{ background: transparent; width: {px(16)}px; margin: 0; }}
    QScrollBar::handle:vertical {{
        background: {theme.edge}; min-height: {px(48)}px; border-radius: {px(4)}px; margin: 0 {px(4)}px;
    }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        height: 0; background: transparent;
    }}
    """
