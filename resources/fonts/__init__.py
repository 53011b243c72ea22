"""The type family: Noto, from the system's packages; the next ones replace it where it is missing."""

FAMILIES: tuple[str, ...] = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "DejaVu Sans",
    "Segoe UI",
    "Helvetica Neue",
)
"""In order of preference; a glyph is taken from the first family that has it."""

SCALE = {"caption": 14, "body": 18, "title": 24, "large": 36, "huge": 64, "verdict": 96}
"""Pixels at 1280x800; screens scale them with the window."""
