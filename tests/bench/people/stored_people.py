"""Many participants that are copied by one statement of SQLite: to register a million would take minutes."""

import sqlite3
from contextlib import closing
from pathlib import Path

_NEW = {
    "id": "printf('bench-%08d', i)",
    "first_name": "'Jürgen' || i",
    "last_name": "'Müller-' || (i % 977)",
    "email": "'p' || i || '@example.org'",
    "phone": "'+4930' || (5550000 + i)",
    "registration_code": "printf('ZZ-%08d', i)",
    "code_normal": "printf('zz%08d', i)",
    "external_id": "printf('%08d', i)",
    "searched": "'jurgen' || i || ' muller' || (i % 977)",
}
_COUNT = "WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ? - 1)"


def store_people(folder: Path, participant_id: str, count: int) -> None:
    """Copy a participant of a hub that is not served `count` times, each with a name, an address, a phone and a code of their own."""
    with closing(sqlite3.connect(folder / "hub.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(participants)")]
        values = ", ".join(_NEW.get(name, f"original.{name}") for name in columns)
        database.execute("PRAGMA cache_size = -400000")
        database.execute(
            f"INSERT INTO participants ({', '.join(columns)}) {_COUNT} "  # noqa: S608 - names of our own columns
            f"SELECT {values} FROM numbers, participants AS original WHERE original.id = ?",
            (count, participant_id),
        )
        database.commit()
