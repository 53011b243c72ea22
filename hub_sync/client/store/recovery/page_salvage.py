"""Read journal rows from the pages of a damaged SQLCipher file, without SQLite.

SQLite stops at the first damaged page, and one damaged inner page hides all pages below it. Here every page is decrypted
on its own: a page is AES-256-CBC, followed by its initialisation vector (16 bytes) and its HMAC-SHA512 (64 bytes), which
covers the page number. A page whose HMAC is wrong is skipped. The formats: https://www.zetetic.net/sqlcipher/design/ and
https://www.sqlite.org/fileformat2.html
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hub_sync.client.store.disk.errors import KNOWN_FAULTS
from hub_sync.rules.journal_chain import GENESIS, chain_hash

_PAGE, _RESERVE, _IV, _SALT = 4096, 80, 16, 16
_USABLE = _PAGE - _RESERVE
_MOST_LOCAL = _USABLE - 35
_LEAST_LOCAL = (_USABLE - 12) * 32 // 255 - 23
_LEAF = 0x0D
_WAL_HEADER, _FRAME_HEADER = 32, 24
_HASH_TYPE = 12 + 2 * 32
_TEXT_TYPE = 13
_COLUMNS = 5
_LONGEST = 1 << 17
_LONGEST_VARINT = 8


@dataclass(frozen=True, slots=True)
class SalvagedRow:
    """A row of the table `journal` as it was on a page."""

    position: int
    hash: str
    body: str


def salvage_journal(path: Path, key: bytes) -> dict[int, SalvagedRow]:
    """Return the journal rows on all undamaged pages of a database and of its WAL, by position.

    If the salt is damaged, no HMAC can be checked. Then the rows are returned whose hashes follow from each other.

    Raises:
        StoreError: The disk failed.
    """
    content, wal = _read(path)
    rows = _salvage(content, wal, key, _hmac_key(content, wal, key))
    return rows or _chained(_salvage(content, wal, key, None))


def has_page_of_key(path: Path, key: bytes) -> bool:
    """Return True if a page of a database or of its WAL is undamaged and was written with the key.

    Raises:
        StoreError: The disk failed.
    """
    content, wal = _read(path)
    hmac_key = _hmac_key(content, wal, key)
    pages = (_database_pages(content, key, hmac_key), _wal_pages(wal, key, hmac_key))
    return any(next(numbered_pages, None) is not None for numbered_pages in pages)


def _read(path: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a database and of its WAL; none where there is no file."""
    wal_path = path.with_name(f"{path.name}-wal")
    with KNOWN_FAULTS:
        return _content(path), _content(wal_path)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _salvage(content: bytes, wal: bytes, key: bytes, hmac_key: bytes | None) -> dict[int, SalvagedRow]:
    pages = dict(_database_pages(content, key, hmac_key))
    rows = {row.position: row for number in sorted(pages) for row in _rows(pages[number], pages)}
    for number, page in _wal_pages(wal, key, hmac_key):
        pages[number] = page
        rows.update((row.position, row) for row in _rows(page, pages))
    return rows


def _chained(rows: dict[int, SalvagedRow]) -> dict[int, SalvagedRow]:
    """Return the rows whose hash follows from the row before them or from the start of a journal."""
    return {
        position: row
        for position, row in rows.items()
        if row.hash == chain_hash(GENESIS, row.body.encode())
        or (position - 1 in rows and row.hash == chain_hash(rows[position - 1].hash, row.body.encode()))
    }


def _hmac_key(content: bytes, wal: bytes, key: bytes) -> bytes:
    """Return the key of the pages' HMACs. Its salt is at the start of page 1, which may be in the WAL only."""
    salt = content[:_SALT]
    if len(salt) < _SALT and len(wal) >= _WAL_HEADER + _FRAME_HEADER + _SALT:
        salt = wal[_WAL_HEADER + _FRAME_HEADER :][:_SALT]
    return hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)


def _database_pages(content: bytes, key: bytes, hmac_key: bytes | None) -> Iterator[tuple[int, bytes]]:
    for number in range(1, len(content) // _PAGE + 1):
        page = _decrypt(content[(number - 1) * _PAGE : number * _PAGE], number, key, hmac_key)
        if page is not None:
            yield number, page


def _wal_pages(wal: bytes, key: bytes, hmac_key: bytes | None) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of the WAL's committed frames, oldest first. A damaged frame hides none behind it."""
    salts = wal[16:24]
    frames: list[tuple[int, bytes]] = []
    for start in range(_WAL_HEADER, len(wal) - _FRAME_HEADER - _PAGE + 1, _FRAME_HEADER + _PAGE):
        number, pages_after_commit = struct.unpack_from(">II", wal, start)
        if wal[start + 8 : start + 16] != salts:
            continue  # of an earlier use of the file, or damaged
        frames.append((number, wal[start + _FRAME_HEADER : start + _FRAME_HEADER + _PAGE]))
        if pages_after_commit:
            for page_number, sealed in frames:
                page = _decrypt(sealed, page_number, key, hmac_key)
                if page is not None:
                    yield page_number, page
            frames.clear()


def _decrypt(sealed: bytes, number: int, key: bytes, hmac_key: bytes | None) -> bytes | None:
    """Return a page as SQLite sees it, or None if it is damaged (not checked without the HMACs' key)."""
    first = _SALT if number == 1 else 0
    signed, digest = sealed[first : _USABLE + _IV], sealed[_USABLE + _IV :]
    if hmac_key is not None:
        expected = hmac.digest(hmac_key, signed + struct.pack("<I", number), hashlib.sha512)
        if not hmac.compare_digest(expected, digest):
            return None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed[_USABLE : _USABLE + _IV])).decryptor()
    return bytes(first) + decryptor.update(sealed[first:_USABLE]) + decryptor.finalize()


def _rows(page: bytes, pages: dict[int, bytes]) -> Iterator[SalvagedRow]:
    """Yield the journal rows of a page; none if it is not a leaf of that table."""
    if page[0] != _LEAF:
        return
    (cells,) = struct.unpack_from(">H", page, 3)
    for index in range(min(cells, _USABLE // 4)):
        try:
            (start,) = struct.unpack_from(">H", page, 8 + 2 * index)
            size, start = _varint(page, start)
            position, start = _varint(page, start)
            row = _journal_row(position, _payload(page, start, size, pages))
        except (IndexError, struct.error, ValueError):
            continue  # another table's
        if row is not None:
            yield row


def _payload(page: bytes, start: int, size: int, pages: dict[int, bytes]) -> bytes:
    """Return a cell's payload with its overflow pages."""
    if size <= _MOST_LOCAL:
        return page[start : start + size]
    if size > _LONGEST:
        raise ValueError("not a row of the journal")
    local = _LEAST_LOCAL + (size - _LEAST_LOCAL) % (_USABLE - 4)
    local = local if local <= _MOST_LOCAL else _LEAST_LOCAL
    payload = page[start : start + local]
    (following,) = struct.unpack_from(">I", page, start + local)
    while len(payload) < size:
        overflow = pages.get(following)
        if overflow is None:
            raise ValueError("an overflow page is damaged")
        (following,) = struct.unpack_from(">I", overflow, 0)
        payload += overflow[4 : 4 + min(_USABLE - 4, size - len(payload))]
    return payload


def _journal_row(position: int, payload: bytes) -> SalvagedRow | None:
    """Return a row if the record has the columns of the journal: none (the position), two texts, a hash, a text."""
    header, at = _varint(payload, 0)
    types: list[int] = []
    while at < header:
        column, at = _varint(payload, at)
        types.append(column)
    if len(types) != _COLUMNS or types[0] != 0 or types[3] != _HASH_TYPE:
        return None
    if any(types[index] < _TEXT_TYPE or types[index] % 2 == 0 for index in (1, 2, 4)):
        return None
    at = header
    values = []
    for column in types[1:]:
        length = (column - 12) // 2
        values.append(payload[at : at + length])
        at += length
    if at != len(payload):
        return None
    return SalvagedRow(position, values[2].hex(), values[3].decode())


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        byte = content[at + index]
        value = value << 7 | byte & 0x7F
        if byte & 0x80 == 0:
            return value, at + index + 1
    raise ValueError("no number that occurs in a journal")
