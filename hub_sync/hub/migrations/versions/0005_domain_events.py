"""Rename the table "facts" to "domain_events", and event types that have the name of an error to "…Updated"."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNDELIVERED = sa.text("delivered_at IS NULL")
_RENAMED = {
    "ApiKeyChanged": "ApiKeyUpdated",
    "ApiKeyExpired": "ApiKeyLapsed",
    "ApiKeyRevoked": "ApiKeyWithdrawn",
    "CheckpointChanged": "CheckpointUpdated",
    "DeviceCodeRenewed": "EnrolmentCodeRenewed",
    "DeviceEnrolled": "StationEnrolled",
    "DeviceLocked": "DeviceStatusUpdated",
    "DeviceRetired": "DeviceStatusUpdated",
    "DeviceRevoked": "DeviceStatusUpdated",
    "DeviceUnlocked": "DeviceStatusUpdated",
    "EventChanged": "EventUpdated",
    "ParticipantChanged": "ParticipantUpdated",
    "UserChanged": "UserUpdated",
    "WebhookChanged": "WebhookUpdated",
}
"""Types of domain events; the old names are also names of errors."""


def upgrade() -> None:
    """Upgrade the schema."""
    _rename("facts", "domain_events")
    for old, new in _RENAMED.items():
        _rename_type(old, new)


def downgrade() -> None:
    """Downgrade the schema."""
    for old, new in _RENAMED.items():
        _rename_type(new, old)
    _rename("domain_events", "facts")


def _rename(old: str, new: str) -> None:
    op.drop_index(f"ix_{old}_undelivered", table_name=old)
    op.drop_index(f"ix_{old}_age", table_name=old)
    op.rename_table(old, new)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT fk_{old}_tenant_id TO fk_{new}_tenant_id")
    op.create_index(
        f"ix_{new}_undelivered",
        new,
        ["tenant_id", "type", "occurred_at"],
        sqlite_where=_UNDELIVERED,
        postgresql_where=_UNDELIVERED,
    )
    op.create_index(f"ix_{new}_age", new, ["tenant_id", "occurred_at"])


def _rename_type(old: str, new: str) -> None:
    events = sa.table("domain_events", sa.column("type"))
    op.execute(events.update().where(events.c.type == old).values(type=new))
