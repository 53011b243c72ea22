"""The fonts that a ticket is printed in: Noto, from the system's packages, a file for each script that a text needs."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from fpdf.unicode_script import UnicodeScript, get_unicode_script

log = structlog.get_logger(__name__)

NOT_FOUND = (
    "No Noto font was found on this machine: tickets are printed in a plain font that has Western letters only. "
    "Install the packages fonts-noto-core and fonts-noto-cjk."
)
_CJK = ("HAN", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
_FULL_WIDTH = (range(0x3000, 0x3100), range(0xFF00, 0xFFF0))
"""Punctuation and letters that belong to no script and stand in CJK fonts only."""
_FACES = {"HIRAGANA": 0, "KATAKANA": 0, "HANGUL": 1}
_CHINESE = 2
"""Which face of Noto Sans CJK draws Han characters as the rest of the text's language does; by itself simplified Chinese."""
_BASE = "NotoSans-{weight}.ttf"
_WEIGHTS = {"": "Regular", "B": "Bold"}


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font to load, and which of the faces in its file."""

    path: Path
    face: int = 0


@cache
def find_fonts() -> Mapping[str, Path]:
    """The Noto files in the usual font folders, by file name; looked for once a process."""
    found: dict[str, Path] = {}
    for folder in _usual_folders():
        for place, _, names in os.walk(folder):
            for name in names:
                if name.startswith(("NotoSans", "NotoSerif")):
                    found.setdefault(name, Path(place, name))
    if not found:
        log.warning("no_ticket_fonts", why=NOT_FOUND)
    return found


def base_font(style: str, files: Mapping[str, Path] | None = None) -> FontFile | None:
    """The font for Western letters, Greek and Cyrillic; style "" or "B". None: there is no Noto font here."""
    files = find_fonts() if files is None else files
    path = files.get(_BASE.format(weight=_WEIGHTS[style])) or files.get(_BASE.format(weight="Regular"))
    return None if path is None else FontFile(path)


def fallback_fonts(text: str, style: str, files: Mapping[str, Path] | None = None) -> list[FontFile]:
    """The fonts that the text needs beside `base`, as far as they are here."""
    files = find_fonts() if files is None else files
    scripts = _scripts(text)
    wanted: list[FontFile | None] = []
    if scripts & set(_CJK):
        wanted.append(_cjk(scripts, style, files))
    for script in sorted(scripts - set(_CJK)):
        written = script.title().replace("_", "")
        names = [
            f"{family}{written}-{weight}.ttf"
            for family in ("NotoSans", "NotoSerif")
            for weight in (_WEIGHTS[style], "Regular")
        ]
        wanted.append(next((FontFile(files[name]) for name in names if name in files), None))
    return [font for font in wanted if font is not None]


def _cjk(scripts: Iterable[str], style: str, files: Mapping[str, Path]) -> FontFile | None:
    face = next((_FACES[script] for script in sorted(scripts) if script in _FACES), _CHINESE)
    for name in (f"NotoSansCJK-{_WEIGHTS[style]}.ttc", "NotoSansCJK-Regular.ttc"):
        if name in files:
            return FontFile(files[name], face)
    return None


def _scripts(text: str) -> set[str]:
    scripts = {_script(character) for character in text}
    return scripts - {"COMMON", "INHERITED", "UNKNOWN", "LATIN", "GREEK", "CYRILLIC"}


def _script(character: str) -> str:
    script = get_unicode_script(character)
    if script is UnicodeScript.COMMON and any(ord(character) in those for those in _FULL_WIDTH):
        return "HAN"
    return script.name


def _usual_folders() -> list[Path]:
    """Where operating systems keep fonts."""
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(folder, "fonts") for folder in shared.split(":") if folder]
    folders += [Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts")]
    own = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    return [Path(own, ".local/share/fonts"), Path(own, ".fonts"), *folders]
