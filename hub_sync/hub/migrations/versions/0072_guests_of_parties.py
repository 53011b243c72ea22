"""The participants who have the seats of a party from the waitlist; names of mail accounts are unique."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0068"
branch_labels = None
depends_on = None

_TABLE = "waitlist_guests"
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def _reference(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{other}.tenant_id", f"{other}.id"], name=op.f(f"fk_{_TABLE}_{column}")
    )


def upgrade() -> None:
    """Upgrade the schema. Parties that have their seats already get their guests when the hub starts (`waitlist.guests`)."""
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("entry_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{_TABLE}_tenant_id")),
        _reference("event_id", "events"),
        _reference("entry_id", "waitlist_entries"),
        _reference("participant_id", "participants"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("tenant_id", "participant_id", name=op.f(f"uq_{_TABLE}_participant_id")),
    )
    op.create_index(f"ix_{_TABLE}_entry", _TABLE, ["tenant_id", "entry_id"])
    _name_accounts_apart()
    op.create_index("uq_message_senders_name", "message_senders", ["tenant_id", "name"], unique=True)


def _name_accounts_apart() -> None:
    """Give accounts that have one name numbers, in the order in which they were made."""
    connection, names = op.get_bind(), set[tuple[str, str]]()
    query = "SELECT tenant_id, id, name FROM message_senders ORDER BY tenant_id, created_at, id"
    for row in connection.execute(sa.text(query)).all():
        name, number = row.name, 1
        while (row.tenant_id, name) in names:
            number += 1
            name = f"{row.name[:110]} ({number})"
        names.add((row.tenant_id, name))
        if name != row.name:
            changed = sa.text("UPDATE message_senders SET name = :name WHERE tenant_id = :t AND id = :i")
            connection.execute(changed, {"name": name, "t": row.tenant_id, "i": row.id})


def downgrade() -> None:
    """Downgrade the schema. Guests stay participants, each with a seat."""
    op.drop_index("uq_message_senders_name", "message_senders")
    op.drop_table(_TABLE)
