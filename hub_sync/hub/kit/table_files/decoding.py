"""Find the encoding of a text file: strictly UTF-8, by its byte order mark, or UTF-16; otherwise somebody has to choose.

Programs that guess guess wrong on short files: measured, charset-normalizer reads a Windows "Zoë" as cp1006 and chardet a Mac
text as Big5. So three readings of the lines in question are offered, the likeliest first.
"""

import codecs
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from hub_sync.hub.kit.table_files.errors import FileRefused, RefusalCode

CANDIDATES = ("cp1252", "mac_roman", "cp850", "cp1250", "cp1251", "cp1254", "cp1256", "iso8859_7", "cp1255")
"""Encodings of eight bits, in the order of their likelihood where texts look as well in several."""
OTHERS = (
    "gb18030",
    "shift_jis",
    "big5",
    "euc_kr",
    "iso8859_15",
    "koi8_r",
    "mac_cyrillic",
    "mac_turkish",
    "cp437",
)
"""Encodings that are offered by name only."""
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", *CANDIDATES, *OTHERS)
"""What somebody is offered to choose."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
READABLE = tuple(dict.fromkeys((*ENCODINGS, *(name for _mark, name in _MARKS))))
"""What a file can be read with: also what a byte order mark says of it."""
_BLOCK = 1024 * 1024
_SAMPLE = 4096
_ZEROS = 0.3
"""The share of zero bytes at even or odd places from which a text is UTF-16: digits and Latin letters have one each."""
READINGS, SAMPLE_LINES, RANKED_LINES, LONGEST_SAMPLE = 3, 5, 400, 160


def find_encoding(file: BinaryIO) -> str:
    """Return the name of the file's encoding; "" if somebody has to choose.

    Raises:
        FileRefused: there is a NUL character in it.
    """
    file.seek(0)
    sample = file.read(_SAMPLE)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\x00" in sample:
        half = max(1, len(sample) // 2)
        if sample[1::2].count(0) / half > _ZEROS > sample[::2].count(0) / half:
            return "utf-16-le"
        if sample[::2].count(0) / half > _ZEROS > sample[1::2].count(0) / half:
            return "utf-16-be"
    refuse_nul(file)
    return "utf-8" if _is_utf8(file) else ""


def refuse_nul(file: BinaryIO) -> None:
    """Refuse a file of eight-bit characters with NUL in it.

    Raises:
        FileRefused: with the line.
    """
    line = 1
    for block in _blocks(file):
        at = block.find(0)
        if at >= 0:
            raise FileRefused(RefusalCode.NUL, line=line + _line_ends(block[:at]))
        line += _line_ends(block)


def readings(file: BinaryIO) -> list[dict[str, object]]:
    """Return three readings of the lines with other characters than ASCII's, the likeliest first.

    Each is `{"encoding": name, "lines": [[number, text], …]}`.
    """
    lines = _other_lines(file)
    ranked = []
    for place, encoding in enumerate(CANDIDATES):
        texts = [_decode(line, encoding) for _number, line in lines]
        if all(text is not None for text in texts):
            score = sum(_score(text) for text in texts if text)
            ranked.append((-score, place, encoding, texts))
    different: dict[tuple[str | None, ...], str] = {}
    for _rank, _place, encoding, texts in sorted(ranked, key=lambda each: each[:2]):
        different.setdefault(tuple(texts), encoding)
    numbers = [number for number, _line in lines]
    return [
        {
            "encoding": encoding,
            "lines": [
                [number, (text or "").strip()[:LONGEST_SAMPLE]]
                for number, text in zip(numbers[:SAMPLE_LINES], texts, strict=False)
            ],
        }
        for texts, encoding in list(different.items())[:READINGS]
    ]


def _decode(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _score(text: str) -> int:
    """Return how much a text looks like words: letters among letters of their script and case count for it."""
    score = 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character.isascii():
            continue
        if not character.isalpha():
            is_inside = before.isalpha() and after.isalpha()
            score -= 5 if unicodedata.category(character) == "Cc" else 2 if is_inside else 1
            continue
        script = unicodedata.name(character, "?").split(" ")[0]
        neighbours = [each for each in (before, after) if each.isalpha()]
        alike = all(_script(each) == script for each in neighbours)
        raised = character.isupper() and before.islower()
        score += 2 if neighbours and alike and not raised else 0 if not neighbours else -2
    return score


def _script(character: str) -> str:
    return "LATIN" if character.isascii() else unicodedata.name(character, "?").split(" ")[0]


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(file):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _other_lines(file: BinaryIO) -> list[tuple[int, bytes]]:
    """Return (number, bytes) of the first lines that are not ASCII, each once."""
    file.seek(0)
    content = file.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines: dict[bytes, int] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.isascii():
            lines.setdefault(line[: LONGEST_SAMPLE * 4], number)
            if len(lines) >= RANKED_LINES:
                break
    return [(number, line) for line, number in lines.items()]


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block


def _line_ends(block: bytes) -> int:
    return block.count(b"\n") or block.count(b"\r")
