"""Verify the evidence of a station's journal: rows, seals and anchors. Needs Python 3.11 and the package `cryptography` only.

    python3 verify_evidence.py EVIDENCE [--anchors FILE] [--json]

EVIDENCE is a ZIP file, its unpacked folder or a file of JSON lines. Exit code 0: nothing is wrong; 1: something is; 2: can't be read.
The format is described in `docs/evidence/README.md`. This file is a module of Doorward and, unchanged, the script in `docs/evidence/` and in
every export. What it can't show without an anchor from outside: rows and seals that were cut off at the end, all of them.
"""

import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "doorward-journal-evidence/1"
SEAL_WORD = b"doorward journal seal\0"
"""What stands before the statement in the signed message."""
KINDS = ("header", "key", "anchor", "seal", "row")
PARTS = ("header.jsonl", "keys.jsonl", "anchors.jsonl", "seals.jsonl", "rows.jsonl")
TAIL_LIMIT_MS = 300_000
"""The age up to which a row may be without a seal: a station seals every minute."""
MAX_FAULTS = 100
_KEY = re.compile(r"dk1\.([0-9a-f]{64})\.[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_HASH = re.compile(r"[0-9a-f]{64}")
Entry = dict[str, Any]
_BAD_VALUES = (KeyError, TypeError, ValueError, OverflowError, RecursionError)
Source = Callable[[], Iterable[Entry | str]]
"""Returns the entries anew at each call; a text is a sentence about an entry that can't be read."""


class EvidenceUnreadable(Exception):
    """The file is no evidence at all."""


def row_hash(previous: str, body: str) -> str:
    """Return the hash of a row: SHA-256 over the 32 bytes of the previous row's hash (the first: none) and the body."""
    return sha256(bytes.fromhex(previous) + body.encode()).hexdigest()


def seal_hash(statement: str, signature: str) -> str:
    """Return the hash of a seal, which the next seal names."""
    return sha256(f"{statement}\n{signature}".encode()).hexdigest()


def _text(entry: Entry, name: str) -> str:
    """Return a text that can be encoded. Raises KeyError, TypeError or ValueError if it is none."""
    value = entry[name]
    if not isinstance(value, str):
        raise TypeError(name)
    value.encode()
    return value


def _number(entry: Entry, name: str) -> int:
    value = entry[name]
    if type(value) is not int:
        raise TypeError(name)
    return value


def _hash(entry: Entry, name: str) -> str:
    value = _text(entry, name)
    if not _HASH.fullmatch(value):
        raise ValueError(name)
    return value


def is_signed(key: str, statement: str, signature: str) -> bool:
    """Return True if the owner of a key signed a statement."""
    match = _KEY.fullmatch(key)
    if match is None or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(match[1]))
        public.verify(bytes.fromhex(signature), SEAL_WORD + statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Verification:
    """The result. `faults` are sentences; `sealed` is the last sealed sequence by journal id."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    seals: int = 0
    anchors: int = 0
    sealed: dict[str, int] = field(default_factory=dict)
    more_faults: int = 0

    @property
    def is_whole(self) -> bool:
        """True if nothing is wrong."""
        return not self.faults

    def add(self, sentence: str) -> None:
        """Add a fault."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(sentence)
        else:
            self.more_faults += 1


@dataclass
class _Expected:
    """The rows that seals and anchors require."""

    heads: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    """By journal and sequence: each head, and who says so."""
    seals: dict[tuple[str, int], str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    header: Entry = field(default_factory=dict)

    def is_of_station(self, device_id: Any) -> bool:
        """Return True if an id is that of the station; one that enrolled again has had several."""
        return device_id in self.header.get("device_ids", [device_id])

    def expect(self, journal_id: str, sequence: int, head: str, who: str) -> None:
        self.heads.setdefault((journal_id, sequence), {}).setdefault(head, who)


def verify(source: Source, outside: Source | None = None, now_ms: int | None = None) -> Verification:
    """Verify evidence, streamed: seals and anchors are in memory, rows are not.

    The source is read twice: seals first, then rows, so that rows which are appended meanwhile are only newer than their seals.

    Args:
        source: the evidence.
        outside: anchors, seals and keys from somebody else: a hub, another station, an earlier export.
        now_ms: the time of a journal that is in use; None: the time of the export.
    """
    result, expected = Verification(), _Expected()
    _read_seals(source, result, expected)
    if outside is not None:
        _read_outside(outside, result, expected)
    _RowsCheck(result, expected, now_ms).run(source)
    if result.more_faults:
        result.faults.append(f"and {result.more_faults} more")
    return result


# --- seals ------------------------------------------------------------------------------------------


def _read_seals(source: Source, result: Verification, expected: _Expected) -> None:
    previous: Entry | None = None
    before = ""
    anchors = []
    for entry in source():
        if isinstance(entry, str):
            continue  # the pass over the rows reports it
        kind = entry.get("kind")
        if kind == "header":
            expected.header = entry
        elif kind == "key":
            expected.keys.append(str(entry.get("key")))
        elif kind == "anchor":
            anchors.append(entry)
        elif kind == "seal":
            statement = _check_seal(entry, previous, before, result, expected)
            if statement is not None:
                previous, before = statement, seal_hash(entry["statement"], entry["signature"])
    for anchor in anchors:
        _add_anchor(anchor, result, expected)


def _check_seal(
    entry: Entry, previous: Entry | None, before: str, result: Verification, expected: _Expected
) -> Entry | None:
    """Check a seal alone and after the one before it. Return its statement, None if it can't be read."""
    result.seals += 1
    try:
        text, signature = _text(entry, "statement"), _text(entry, "signature")
        statement: Entry = json.loads(text)
        chain, number, key = _text(statement, "chain"), _number(statement, "number"), _text(statement, "key")
        journal_id, sequence = _text(statement, "journal_id"), _number(statement, "sequence")
        head, rows, named = _hash(statement, "head"), _number(statement, "rows"), _text(statement, "previous")
    except _BAD_VALUES:
        result.add(f"seal {result.seals} can't be read")
        return None
    name = f"seal {number} (up to row {sequence})"
    if not is_signed(key, text, signature):
        result.add(f"{name} is not signed by the key that it names")
        return statement
    if key not in expected.keys:
        result.add(f"{name} is signed with a key that is not declared for this station")
    if not expected.is_of_station(statement.get("device_id")):
        result.add(f"{name} belongs to another station")
    for fault in _order_faults(statement, previous, named, before):
        result.add(f"{name} {fault}")
    since = result.sealed.get(journal_id, 0)
    if sequence != since + rows:
        result.add(f"{name} seals {rows} rows, but the seal before it ends with row {since}")
    result.sealed[journal_id] = sequence
    expected.seals[chain, number] = seal_hash(text, signature)
    expected.expect(journal_id, sequence, head, f"seal {number}")
    return statement


def _order_faults(statement: Entry, previous: Entry | None, named: str, before: str) -> Iterator[str]:
    """Yield what is wrong with the place of a seal. `before` is the hash of the seal before it, `named` the one that it names."""
    number = statement["number"]
    if previous is not None and previous["chain"] == statement["chain"]:
        if statement["key"] != previous["key"]:
            yield "is signed with another key than the seals before it"
        if number != previous["number"] + 1:
            yield f"follows seal {previous['number']}: seals are missing, doubled or out of order"
    elif number != 1:
        yield "is the first of its kind here: the seals before it are missing"
    if previous is None and number == 1 and named:
        yield "names a seal before it, which is missing"
    elif previous is not None and named != before:
        yield "does not follow from the seal before it"


def _add_anchor(entry: Entry, result: Verification, expected: _Expected) -> None:
    """Take an anchor: a seal that somebody else has received, or the last row that somebody else has."""
    try:
        who, journal_id = _text(entry, "by"), _text(entry, "journal_id")
        sequence, head = _number(entry, "sequence"), _hash(entry, "head")
        chain, number, digest = entry.get("chain"), entry.get("number"), entry.get("seal")
    except _BAD_VALUES:
        result.add("an anchor can't be read")
        return
    if not expected.is_of_station(entry.get("device_id")):
        return
    result.anchors += 1
    if chain is not None and digest is not None:
        own = expected.seals.get((str(chain), number if isinstance(number, int) else 0))
        if own is None:
            result.add(f"seal {number} (up to row {sequence}) is missing: {who} has it")
        elif own != digest:
            result.add(f"seal {number} (up to row {sequence}) is another one than {who} has")
    if sequence:
        expected.expect(journal_id, sequence, head, who)


def _read_outside(outside: Source, result: Verification, expected: _Expected) -> None:
    """Take what another file says: its anchors, and its seals, each as an anchor; its keys must be those declared here."""
    for entry in outside():
        if isinstance(entry, str) or entry.get("kind") == "row":
            continue
        if entry.get("kind") == "anchor":
            _add_anchor(entry, result, expected)
        elif entry.get("kind") == "seal":
            try:
                statement: Entry = json.loads(_text(entry, "statement"))
                digest = seal_hash(entry["statement"], _text(entry, "signature"))
            except _BAD_VALUES:
                result.add("a seal of the anchors can't be read")
                continue
            if is_signed(str(statement.get("key")), entry["statement"], entry["signature"]):
                _add_anchor(statement | {"by": "the other file", "seal": digest}, result, expected)


# --- rows -------------------------------------------------------------------------------------------


class _RowsCheck:
    """Checks the rows, in order, against each other and against what is expected of them."""

    def __init__(self, result: Verification, expected: _Expected, now_ms: int | None) -> None:
        self._result, self._expected = result, expected
        self._now_ms: int | None = now_ms or expected.header.get("created_at_ms")
        self._journal, self._sequence, self._head = "", 0, ""
        self._done: set[str] = set()
        self._tail = self._without_content = 0
        self._tail_at_ms: int | None = None
        self._carried: dict[str, set[str]] = {}
        """Of earlier journals: digests of the rows after the last seal, which the next journal must have again."""

    def run(self, source: Source) -> None:
        """Read all entries, and check what is left at the end."""
        for entry in source():
            if isinstance(entry, str):
                self._result.add(f"after row {self._sequence}: {entry}")
            elif entry.get("kind") == "row":
                self._check(entry)
            elif entry.get("kind") not in ("header", "key", "anchor", "seal"):
                self._result.add(f"after row {self._sequence}: a line is of no known kind")
        self._end()

    def _check(self, row: Entry) -> None:
        self._result.rows += 1
        try:
            journal_id, sequence, digest = (
                _text(row, "journal_id"),
                _number(row, "sequence"),
                _hash(row, "hash"),
            )
            body = None if row["body"] is None else _text(row, "body")
            record = None if body is None else json.loads(body)
        except _BAD_VALUES:
            self._result.add(f"row {self._sequence + 1} can't be read")
            return
        if journal_id != self._journal:
            if journal_id in self._done:
                self._result.add(f"row {sequence} of an earlier journal is out of order")
            self._done.add(journal_id)
            self._journal, self._sequence, self._head, self._tail, self._tail_at_ms = (
                journal_id,
                0,
                "",
                0,
                None,
            )
        if sequence != self._sequence + 1:
            what = (
                "is there twice or out of order"
                if sequence <= self._sequence
                else f"follows row {self._sequence}"
            )
            self._result.add(f"row {sequence} {what}: rows are missing or were moved")
        elif body is None:
            self._without_content += 1
        elif row_hash(self._head, body) != digest:
            self._result.add(
                f"row {sequence} was changed: its hash does not follow from row {self._sequence}"
            )
        self._sequence, self._head = max(sequence, self._sequence), digest
        for head, who in self._expected.heads.pop((journal_id, sequence), {}).items():
            if head != digest:
                self._result.add(f"row {sequence} is another row than {who} says")
        self._note_tail(sequence, body, record if isinstance(record, dict) else {})

    def _note_tail(self, sequence: int, body: str | None, record: Entry) -> None:
        digest = sha256((body or "").encode()).hexdigest()
        for journal_id in [each for each in self._carried if each != self._journal]:
            self._carried[journal_id].discard(digest)
        if sequence <= self._result.sealed.get(self._journal, 0):
            return
        self._carried.setdefault(self._journal, set()).add(digest)
        self._tail += 1
        at_ms = record.get("scanned_at_ms") or record.get("observed_at_ms")
        if isinstance(at_ms, int):
            self._tail_at_ms = min(at_ms, self._tail_at_ms or at_ms)

    def _end(self) -> None:
        for (_, sequence), heads in sorted(self._expected.heads.items(), key=lambda item: item[0][1]):
            who = ", ".join(heads.values())
            self._result.add(f"row {sequence} is missing, and what follows it: {who} ends with it")
        for journal_id, digests in self._carried.items():
            if journal_id != self._journal and digests:
                self._end_early(journal_id, len(digests))
        if self._without_content:
            self._result.notes.append(
                f"{self._without_content} rows are here without their content, only their hashes"
            )
        if not self._tail:
            return
        first = self._sequence - self._tail + 1
        is_old = (
            self._now_ms is not None
            and self._tail_at_ms is not None
            and self._now_ms - self._tail_at_ms > TAIL_LIMIT_MS
        )
        if is_old and not self._result.seals and self._expected.header.get("sealing_since_ms", 0) is None:
            self._result.notes.append("no row has a seal: the station has not begun to seal")
        elif is_old and not self._result.seals:
            self._result.add(
                f"there is no seal at all, though row {first} is older than a station leaves rows unsealed"
            )
        elif is_old:
            self._result.add(
                f"row {first} and what follows it have no seal, though they are old enough for one"
            )
        else:
            self._result.notes.append(f"the last {self._tail} rows, from row {first} on, have no seal yet")

    def _end_early(self, journal_id: str, count: int) -> None:
        if journal_id in self._result.sealed or not self._expected.header.get("sealing_since_ms"):
            after = self._result.sealed.get(journal_id, 0)
            self._result.add(
                f"{count} rows of an earlier journal, after row {after}, have no seal and are in no later one"
            )
        else:
            self._result.notes.append(f"{count} rows of an earlier journal are from before sealing began")


# --- files ------------------------------------------------------------------------------------------


def open_evidence(path: Path) -> Source:
    """Return the entries of a ZIP file, an unpacked folder or a file of JSON lines.

    Raises:
        EvidenceUnreadable: it is none of these.
    """
    if path.is_dir():
        present = [path / part for part in PARTS if (path / part).exists()]
        if not present:
            raise EvidenceUnreadable(f"{path} has no evidence: none of {', '.join(PARTS)} is in it.")
        return lambda: (entry for part in present for entry in _lines_of(part))
    if not path.is_file():
        raise EvidenceUnreadable(f"There is no file {path}.")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            is_evidence = any(part in archive.namelist() for part in PARTS)
    else:
        entries = _lines_of(path)
        is_evidence = any(isinstance(entry, dict) and entry.get("kind") in KINDS for entry in entries)
    if not is_evidence:
        raise EvidenceUnreadable(
            f"{path} is no evidence of a journal: nothing in it is a header, key, anchor, seal or row."
        )
    return lambda: _zip_entries(path) if zipfile.is_zipfile(path) else _lines_of(path)


def _lines_of(path: Path) -> Iterator[Entry | str]:
    with path.open("rb") as file:
        yield from _parse(file)


def _zip_entries(path: Path) -> Iterator[Entry | str]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for part in PARTS:
            if part not in names:
                yield f"the ZIP file has no {part}"
                continue
            try:
                with archive.open(part) as file:
                    yield from _parse(file)
            except (zipfile.BadZipFile, OSError, EOFError) as error:
                yield f"{part} is damaged ({error})"


def _parse(file: IO[bytes]) -> Iterator[Entry | str]:
    """Yield the entries of a file. A last line without its end is being written just now, and is left out."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        try:
            entry = json.loads(line.decode())
        except (ValueError, RecursionError):
            yield "a line can't be read"
            continue
        yield entry if isinstance(entry, dict) else "a line is no JSON object"


def summary(result: Verification) -> list[str]:
    """Return the sentences of a result."""
    if not result.is_whole:
        return [f"FAULT: {sentence}." for sentence in result.faults]
    lines = [f"The journal is whole: {result.rows} rows, {result.seals} seals, {result.anchors} anchors."]
    lines += [f"Note: {note}." for note in result.notes]
    if not result.anchors:
        lines.append(
            "Without an anchor from outside nobody can show that nothing was cut off at the end: use --anchors."
        )
    return lines


def main(arguments: list[str]) -> int:
    """Run the script."""
    as_json = "--json" in arguments
    rest = [each for each in arguments if each != "--json"]
    anchors = None
    if "--anchors" in rest[:-1]:
        place = rest.index("--anchors")
        anchors = rest[place + 1]
        del rest[place : place + 2]
    if len(rest) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        outside = open_evidence(Path(anchors)) if anchors else None
        result = verify(open_evidence(Path(rest[0])), outside)
    except (EvidenceUnreadable, zipfile.BadZipFile, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    lines = [json.dumps({"ok": result.is_whole, **vars(result)})] if as_json else summary(result)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if result.is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
