"""Addresses in the log that are kept no longer.

Revision ID: a3e80c56d1f2
Revises: d92f6b1c07e4
Create Date: 2026-11-22 22:10:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "a3e80c56d1f2"
down_revision = "d92f6b1c07e4"
branch_labels = None
depends_on = None


def text_type(length: int) -> sa.String:
    """Return a text type that compares and sorts by code points."""
    return (
        sa.String(length)
        .with_variant(sa.String(length, collation="C"), "postgresql")
        .with_variant(
            mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
        )
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    with op.batch_alter_table("audit_events") as batch:
        batch.alter_column("ip_address", existing_type=text_type(45), nullable=True)


def downgrade() -> None:
    """Bring the schema back to the revision before, where an empty address is an operator's."""
    op.execute("UPDATE audit_events SET ip_address = 'unknown' WHERE ip_address IS NULL")
    with op.batch_alter_table("audit_events") as batch:
        batch.alter_column("ip_address", existing_type=text_type(45), nullable=False)
