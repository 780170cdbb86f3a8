"""The language and the time zone that a user chose.

Revision ID: 15247342a5f9
Revises: 7d0c2a9be41f
Create Date: 2026-11-20 19:48:22
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "15247342a5f9"
down_revision = "7d0c2a9be41f"
branch_labels = None
depends_on = None

LENGTHS = {"locale": 16, "time_zone": 64}


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
    with op.batch_alter_table("users") as batch:
        for column, length in LENGTHS.items():
            batch.add_column(sa.Column(column, text_type(length), nullable=True))
            rule = sa.text(f"substr({column}, 1, {length}) = {column}")
            batch.create_check_constraint(op.f(f"ck_users_{column}_length"), rule)


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    with op.batch_alter_table("users") as batch:
        for column in LENGTHS:
            batch.drop_constraint(op.f(f"ck_users_{column}_length"), type_="check")
            batch.drop_column(column)
