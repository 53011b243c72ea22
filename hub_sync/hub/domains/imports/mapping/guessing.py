"""Guess which field a column is by its name, and the line in which the names stand."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from hub_sync.hub.domains.imports.importable import EXTRA, Importable
from hub_sync.rules.text_normalization import normalize_name

_SIGNS = re.compile(r"[^\w]+|_+")
_E_MAIL = re.compile(r"\be[- ]mail", re.IGNORECASE)
_SPACES = str.maketrans("_/-.", "    ")
_ADDRESS = re.compile(r"\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*")
_LOOKED_AT = 15
NO_HEADER = 0
IGNORED = ""
LONGEST_EXTRA = 60
OWN_COLUMNS = frozenset(map(normalize_name, ("line", "reason", "zeile", "grund", "السطر", "السبب")))
"""What the file of refused rows has beside its own columns (`preview.rejected`)."""


def fold(text: str) -> str:
    """Return the name of a column for comparison.

    >>> fold("E-Mail-Adresse*"), fold("first_name")
    ('email adresse', 'first name')
    """
    words = _SIGNS.sub(" ", normalize_name(_E_MAIL.sub("email", text).translate(_SPACES)))
    return " ".join(words.split())


def guess_header_line(entity: Importable, rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Return the line of the names of columns: of the first lines, the one of which most cells name a field.

    0: the file has no names, since none of them names a field, and the first one has somebody's e-mail address.
    """
    best, line = 0, rows[0][0] if rows else NO_HEADER
    for number, cells in rows[:_LOOKED_AT]:
        named = sum(bool(find_field(entity, cell)) for cell in cells if cell)
        if named > best:
            best, line = named, number
    return NO_HEADER if not best and rows and any(map(_ADDRESS.fullmatch, rows[0][1])) else line


def guess_mapping_of_values(cells: Sequence[str]) -> dict[str, str]:
    """Return the column of e-mail addresses by the cells of a row: what the others are only people know."""
    columns = [str(column) for column, cell in enumerate(cells) if _ADDRESS.fullmatch(cell)]
    return {columns[0]: "email"} if columns else {}


def guess_mapping(entity: Importable, header: Sequence[str]) -> dict[str, str]:
    """Return the field of each column, by its number; a column that names no field is a further detail, or ignored.

    Of two columns that mean one field, the one with the field's own name is it: `external_id`, and not `id`.
    """
    mapping: dict[str, str] = {}
    used: set[str] = set()
    names = {fold(name) for name in header}
    own = entity.export_only if is_export(entity, header) else frozenset()
    for column, name in enumerate(header):
        if name in own:
            continue
        field = name if own and name in entity.fields else find_field(entity, name)
        is_better_named = _spelled(field) in names and fold(name) != _spelled(field)
        if field and field not in used and not is_better_named:
            used.add(field)
            mapping[str(column)] = field
        elif name.strip() and fold(name) not in OWN_COLUMNS and not field:
            mapping[str(column)] = extra_field(name)
    if "full_name" in used and used & {"first_name", "last_name"}:
        mapping = {column: field for column, field in mapping.items() if field != "full_name"}
    return mapping


def is_export(entity: Importable, header: Sequence[str]) -> bool:
    """Return True for the columns of an export of the entity."""
    return entity.export_marks <= set(header)


def extra_field(name: str) -> str:
    """Return the field of a further detail of this name."""
    return EXTRA + " ".join(name.split())[:LONGEST_EXTRA]


def find_field(entity: Importable, name: str) -> str:
    """Return the field that a column's name means, or ""."""
    folded = fold(name)
    if not folded:
        return ""
    for field in entity.fields.values():
        if folded in field.headers or (field.headers and folded == _spelled(field.name)):
            return field.name
    return ""


def _spelled(field: str) -> str:
    """Return a field's own name as a column may have it."""
    return field.replace("_", " ")


def signature(header: Sequence[str]) -> str:
    """Return the signature by which a mapping is remembered: of the columns' names in their order."""
    return hashlib.sha256("\x1f".join(fold(name) for name in header).encode()).hexdigest()


def as_remembered(mapping: Mapping[str, str], header: Sequence[str]) -> dict[str, str]:
    """Return a mapping as it fits a file with these columns."""
    return {column: field for column, field in mapping.items() if int(column) < len(header)}
