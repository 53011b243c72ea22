"""Change the values of a column that holds an enum, on a table of any size and with rows that refer to it.

SQLite can't alter a CHECK constraint. Copying the table instead fails where other tables refer to it, so that the text
of the schema is edited as https://www.sqlite.org/lang_altertable.html (section 7) describes for constraints.
"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def replace_enum_check(table: str, column: str, name: str, values: Sequence[str]) -> None:
    """Replace the CHECK constraint `ck_<table>_<name>` of an enum column by one with these values."""
    constraint = f"ck_{table}_{name}"
    allowed = ", ".join(f"'{value}'" for value in values)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({column} IN ({allowed}))")
    else:
        _edit_schema(table, constraint, f"CONSTRAINT {constraint} CHECK ({column} IN ({allowed}))")


def _edit_schema(table: str, constraint: str, clause: str) -> None:
    connection = op.get_bind()
    schema = sa.table("sqlite_master", sa.column("sql"), sa.column("name"), sa.column("type"))
    the_table = (schema.c.name == table, schema.c.type == "table")
    sql = connection.execute(sa.select(schema.c.sql).where(*the_table)).scalar_one()
    edited, count = re.subn(rf"CONSTRAINT {constraint} CHECK \([^()]* IN \([^()]*\)\)", lambda _: clause, sql)
    if count != 1:
        raise LookupError(f"the table {table} has no constraint {constraint}")
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(schema.update().where(*the_table).values(sql=edited))
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
