"""The plans of a thousand rows, as a chunk stores them."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import Issue, RowOutcome
from hub_sync.hub.kit.json_values import dump_json_text, load_json_text

_LEVEL = 1
_OUTCOMES = {outcome.value: outcome for outcome in RowOutcome}
MAX_UNPACKED = 256 * 1024 * 1024
Cells = tuple[int, Sequence[str]]


def pack_plan(rows: Iterable[ParsedRow]) -> bytes:
    """Return rows as they are stored."""
    return zlib.compress(
        dump_json_text(
            [
                [
                    row.line,
                    row.outcome.value,
                    row.target_id,
                    row.target_version,
                    row.values,
                    row.before,
                    [issue.to_list() for issue in row.issues] if row.issues else [],
                    row.keys,
                ]
                for row in rows
            ]
        ).encode(),
        _LEVEL,
    )


def unpack_plan(stored: bytes) -> list[ParsedRow]:
    """Return rows that were stored."""
    return [
        ParsedRow(
            line,
            values,
            [Issue.of_list(issue) for issue in issues] if issues else [],
            _OUTCOMES[outcome],
            target_id,
            target_version,
            before,
            tuple(map(tuple, keys[0])) if keys else (),
        )
        for line, outcome, target_id, target_version, values, before, issues, *keys in _load(stored)
    ]


def unpack_cells(stored: bytes) -> list[Cells]:
    """Return (line, cells) of the rows of a chunk."""
    return [(line, cells) for line, cells in _load(stored)]


def _load(stored: bytes) -> list[Any]:
    unpacked = zlib.decompressobj().decompress(stored, MAX_UNPACKED)
    loaded: list[Any] = load_json_text(unpacked)
    return loaded
