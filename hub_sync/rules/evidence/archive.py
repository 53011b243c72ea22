"""Write the evidence of a station's journal as a ZIP file, in pieces, so that its size takes no memory.

The format is described in `docs/evidence/README.md`; `verification` verifies it and is in the file as `verify_evidence.py`.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hub_sync.rules.evidence import verification

MEDIA_TYPE = "application/zip"
SCRIPT_NAME = "verify_evidence.py"
_EARLIEST_YEAR = 1980
_LINES = 500
README = """Evidence of a Doorward station's journal
========================================

Station:  {name} ({devices})
Written:  {at} UTC, by {source}

Each scan and each turn of a turnstile is a row of the station's journal. A row's hash covers its content and the row before
it. The station signs the newest hash about once a minute: a seal. The hub and other stations note each seal that they get: an anchor.

To verify (Python 3.11 or newer, and: pip install cryptography):

    python3 verify_evidence.py THIS-FILE.zip
    python3 verify_evidence.py THIS-FILE.zip --anchors OTHER-FILE.zip

Take the script from the documentation of Doorward (docs/evidence) if you do not trust the one in this file. OTHER-FILE is evidence
of the same station from somebody else, such as the hub or the station itself. Without it, nobody can show that rows and seals
were not cut off at the end: the beginning of a journal is a whole journal, too. Nor does a seal show that what a row says is true:
it shows that the station wrote it before the seal, and that nobody changed it since.

rows.jsonl     the rows: journal, sequence, hash, and the content (body) as the exact text that was hashed
seals.jsonl    the seals: the signed statement as the exact text, and the signature
keys.jsonl     the station's public keys (dk1.<Ed25519>.<X25519>, hex) with their history
anchors.jsonl  what others have noted of the seals, and the last row that they have
header.jsonl   when and by whom this file was written. It is not signed.
{people}
Personal data: rows have random ids of participants, no names. They have the names of operators who were signed on or let
somebody in against a refusal.{withheld}
"""
_PEOPLE = "people.jsonl   the names of the participants as they are now. They are not signed, and no row has them.\n"
_WITHHELD = " Names of participants are not in this file."


@dataclass(frozen=True)
class EvidenceParts:
    """The content of the file. Iterables are read once, in this order: what is read first may not be newer than the rows."""

    source: str
    name: str
    device_ids: tuple[str, ...]
    at: datetime
    keys: Iterable[Mapping[str, Any]]
    anchors: Iterable[Mapping[str, Any]]
    seals: Iterable[Mapping[str, Any]]
    rows: Iterable[Mapping[str, Any]]
    people: Iterable[Mapping[str, Any]] | None = None
    """None: the reader may not see names."""
    header: Mapping[str, Any] = field(default_factory=dict)


def verification_script() -> str:
    """Return the text of the script that verifies evidence."""
    return Path(verification.__file__).read_text(encoding="utf-8")


def header_line(parts: EvidenceParts) -> dict[str, Any]:
    """Return the header of evidence."""
    return {
        "kind": "header",
        "format": verification.FORMAT,
        "source": parts.source,
        "name": parts.name,
        "device_ids": list(parts.device_ids),
        "created_at_ms": int(parts.at.timestamp() * 1000),
        **parts.header,
    }


def write_archive(parts: EvidenceParts) -> Iterator[bytes]:
    """Yield the ZIP file in pieces."""
    sink = PieceSink()
    at = parts.at
    date_time = (max(at.year, _EARLIEST_YEAR), at.month, at.day, at.hour, at.minute, at.second)
    members: list[tuple[str, Iterable[Mapping[str, Any]] | None, str]] = [
        ("header.jsonl", [header_line(parts)], ""),
        ("keys.jsonl", parts.keys, "key"),
        ("anchors.jsonl", parts.anchors, "anchor"),
        ("seals.jsonl", parts.seals, "seal"),
        ("rows.jsonl", parts.rows, "row"),
        ("people.jsonl", parts.people, "person"),
    ]
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for name, text in (("README.txt", _readme(parts)), (SCRIPT_NAME, verification_script())):
            archive.writestr(_entry(name, date_time), text)
            yield sink.take()
        for name, lines, kind in members:
            if lines is None:
                continue
            with archive.open(_entry(name, date_time), "w", force_zip64=True) as member:
                for piece in _pieces(lines, kind):
                    member.write(piece)
                    yield sink.take()
    yield sink.take()


def _entry(name: str, date_time: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _readme(parts: EvidenceParts) -> str:
    return README.format(
        name=parts.name,
        devices=", ".join(parts.device_ids),
        at=f"{parts.at:%Y-%m-%d %H:%M:%S}",
        source=parts.source,
        people=_PEOPLE if parts.people is not None else "",
        withheld=_WITHHELD if parts.people is None else "",
    )


def _pieces(lines: Iterable[Mapping[str, Any]], kind: str) -> Iterator[bytes]:
    piece: list[str] = []
    for line in lines:
        piece.append(json.dumps({"kind": kind, **line} if kind else line, ensure_ascii=False, sort_keys=True))
        if len(piece) >= _LINES:
            yield ("\n".join(piece) + "\n").encode()
            piece = []
    if piece:
        yield ("\n".join(piece) + "\n").encode()


class PieceSink:
    """A file to write only: `zipfile` then writes no header again, so that its bytes can be sent at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: `take` sends the bytes."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
