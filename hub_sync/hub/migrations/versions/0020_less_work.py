"""The entry since which each person has been inside, and check values of API keys: less work for what comes often.

Presences are then computed from new scans alone; the entry is filled in with the next scan of each person, for which the
whole log is read once more. A check value spares bcrypt for wrong keys; keys from before have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("zone_presences", sa.Column("entered_by_id", sa.String(64)))
    op.add_column("api_keys", sa.Column("key_check", sa.String(8)))


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("api_keys", "key_check")
    op.drop_column("zone_presences", "entered_by_id")
