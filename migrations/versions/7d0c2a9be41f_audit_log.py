"""The audit log.

Revision ID: 7d0c2a9be41f
Revises: 45be241dfe12
Create Date: 2026-11-20 19:42:28
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "7d0c2a9be41f"
down_revision = "45be241dfe12"
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


def moment() -> sa.DateTime:
    """Return a type that keeps microseconds."""
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("action", text_type(32), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", text_type(64), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("subject", text_type(64), nullable=False),
        sa.Column("detail", text_type(200), nullable=False),
        sa.Column("ip_address", text_type(45), nullable=False),
        sa.CheckConstraint(
            "substr(action, 1, 32) = action", name=op.f("ck_audit_events_action_length")
        ),
        sa.CheckConstraint(
            "substr(actor, 1, 64) = actor", name=op.f("ck_audit_events_actor_length")
        ),
        sa.CheckConstraint(
            "substr(detail, 1, 200) = detail", name=op.f("ck_audit_events_detail_length")
        ),
        sa.CheckConstraint(
            "substr(ip_address, 1, 45) = ip_address", name=op.f("ck_audit_events_ip_address_length")
        ),
        sa.CheckConstraint(
            "substr(subject, 1, 64) = subject", name=op.f("ck_audit_events_subject_length")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["users.id"],
            name=op.f("fk_audit_events_actor_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["users.id"],
            name=op.f("fk_audit_events_subject_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_action_id"), "audit_events", ["action", "id"])
    op.create_index(op.f("ix_audit_events_actor"), "audit_events", ["actor"])
    op.create_index(op.f("ix_audit_events_actor_id"), "audit_events", ["actor_id"])
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"])
    op.create_index(op.f("ix_audit_events_subject"), "audit_events", ["subject"])
    op.create_index(op.f("ix_audit_events_subject_id"), "audit_events", ["subject_id"])


def downgrade() -> None:
    """Bring the schema back to the revision before."""
    op.drop_table("audit_events")
