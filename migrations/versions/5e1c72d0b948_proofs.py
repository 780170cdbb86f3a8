"""When a user last proved, in a session, who they are.

Revision ID: 5e1c72d0b948
Revises: 9c0e54e6ea01
Create Date: 2026-11-22 18:33:05
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "5e1c72d0b948"
down_revision = "9c0e54e6ea01"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "proved_at",
                sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb"),
                nullable=True,
            )
        )


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_column("proved_at")
