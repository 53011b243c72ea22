"""Find the fonts for printed tickets: Noto from the system's packages, one file for each script that a text needs."""

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
"""Punctuation and letters that belong to no script and are in CJK fonts only."""
_FACES = {"HIRAGANA": 0, "KATAKANA": 0, "HANGUL": 1}
_CHINESE = 2
"""The face of Noto Sans CJK for Han characters alone: simplified Chinese. `_FACES` has the faces for kana and Hangul."""
_BASE = "NotoSans-{weight}.ttf"
_WEIGHTS = {"": "Regular", "B": "Bold"}


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file with the number of the face in it."""

    path: Path
    face: int = 0


@cache
def find_fonts() -> Mapping[str, Path]:
    """Return the Noto files in the usual font folders by file name. The result is cached for the process."""
    paths: dict[str, Path] = {}
    for folder in _usual_folders():
        for directory, _, names in os.walk(folder):
            for name in names:
                if name.startswith(("NotoSans", "NotoSerif")):
                    paths.setdefault(name, Path(directory, name))
    if not paths:
        log.warning("no_ticket_fonts", why=NOT_FOUND)
    return paths


def base_font(style: str, files: Mapping[str, Path] | None = None) -> FontFile | None:
    """Return the font for Latin, Greek and Cyrillic letters, or None if no Noto font is installed. `style`: "" or "B"."""
    files = find_fonts() if files is None else files
    path = files.get(_BASE.format(weight=_WEIGHTS[style])) or files.get(_BASE.format(weight="Regular"))
    return None if path is None else FontFile(path)


def fallback_fonts(text: str, style: str, files: Mapping[str, Path] | None = None) -> list[FontFile]:
    """Return the installed fonts that the text needs in addition to `base_font`."""
    files = find_fonts() if files is None else files
    scripts = _scripts(text)
    matches: list[FontFile | None] = []
    if scripts & set(_CJK):
        matches.append(_cjk(scripts, style, files))
    for script in sorted(scripts - set(_CJK)):
        suffix = script.title().replace("_", "")
        names = [
            f"{family}{suffix}-{weight}.ttf"
            for family in ("NotoSans", "NotoSerif")
            for weight in (_WEIGHTS[style], "Regular")
        ]
        matches.append(next((FontFile(files[name]) for name in names if name in files), None))
    return [font for font in matches if font is not None]


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
    if script is UnicodeScript.COMMON and any(ord(character) in block for block in _FULL_WIDTH):
        return "HAN"
    return script.name


def _usual_folders() -> list[Path]:
    """Return the folders where operating systems install fonts."""
    data_folders = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(folder, "fonts") for folder in data_folders.split(":") if folder]
    folders += [Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts")]
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises if there is no home folder
    return [Path(home, ".local/share/fonts"), Path(home, ".fonts"), *folders]
