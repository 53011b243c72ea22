"""What the PDF files of some tickets share: fonts that have their letters only, and the lines into which texts were broken.

A whole font takes longer to read than a ticket to draw, and each file reads its own.
"""

import atexit
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from unicodedata import normalize

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, TTLibError

from hub_sync.hub.domains.tickets.fonts import FontFile, base_font, fallback_fonts

ALWAYS = " …?\N{EN DASH}\N{REPLACEMENT CHARACTER}"
"""Characters that a page may need beside those of its texts."""
Fit = tuple[int, list[str]]
"""The size of the letters, and the lines of a text that was fitted into a box."""


@dataclass(frozen=True)
class SharedFonts:
    """Fonts and fitted texts that several documents share. Without a folder, fonts are used as they are."""

    characters: frozenset[str] = frozenset()
    folder: Path | None = None
    fits: dict[tuple[object, ...], Fit] = field(default_factory=dict)
    _files: dict[FontFile, FontFile] = field(default_factory=dict)

    def file_of(self, font: FontFile) -> FontFile:
        """Return the font with the shared characters only; as it is if it can't be made smaller."""
        if self.folder is None:
            return font
        if font not in self._files:  # of usual fonts, all are there before they are shared by threads
            try:
                self._files[font] = self._reduce(font, self.folder)
            except (OSError, TTLibError):
                self._files[font] = font  # whoever loads it logs what is wrong with it
        return self._files[font]

    def _reduce(self, font: FontFile, folder: Path) -> FontFile:
        options = Options(notdef_outline=True, hinting=False, recalc_timestamp=False)
        with TTFont(font.path, fontNumber=font.face, lazy=True, recalcTimestamp=False) as whole:
            subsetter = Subsetter(options)
            subsetter.populate(text="".join(sorted(self.characters)))
            subsetter.subset(whole)
            path = folder / f"{len(self._files)}-{font.path.stem}.{'otf' if 'CFF ' in whole else 'ttf'}"
            whole.save(path)
        return FontFile(path)


def usual_fonts(texts: Iterable[str]) -> SharedFonts:
    """Return fonts for one document: made smaller once in the life of the process, if its letters are usual ones.

    A ticket of a mail took 0.18 s of CPU with whole fonts, and takes 0.08 s with these.
    """
    if not _USUAL.issuperset("".join(texts)):
        return SharedFonts()
    with _LOCK:
        return replace(_usual(), fits={})


_USUAL = frozenset(
    chr(code)
    for block in (
        range(0x20, 0x7F),
        range(0xA0, 0x250),
        range(0x300, 0x370),
        range(0x600, 0x700),
        range(0x2010, 0x2040),
    )
    for code in block
)
"""Latin and Arabic letters with marks, and punctuation."""
_LOCK = Lock()


@cache
def _usual() -> SharedFonts:
    folder = TemporaryDirectory(prefix="doorward-fonts-")
    atexit.register(folder.cleanup)
    fonts = SharedFonts(_USUAL | frozenset(ALWAYS), Path(folder.name))
    for style, text in product(("", "B"), ("a", "\N{ARABIC LETTER ALEF}")):
        for font in filter(None, (base_font(style), *fallback_fonts(text, style))):
            fonts.file_of(font)
    return fonts


@contextmanager
def shared_fonts(texts: Iterable[str]) -> Iterator[SharedFonts]:
    """Share fonts among documents whose texts these are, while the block runs.

    Letters are taken in their composed and decomposed forms, too: the text shaper prints one as the other.
    """
    text = " ".join(texts)
    characters = frozenset(f"{text}{normalize('NFC', text)}{normalize('NFD', text)}{ALWAYS}")
    with TemporaryDirectory(prefix="doorward-fonts-") as folder:
        yield SharedFonts(characters, Path(folder))
