"""mail contract

One worker at a time at a mailbox, grants of OAuth mailboxes, acknowledgements, bounces tied to what they returned,
copies in the Sent folder, who wrote what was passed on, and whether our own server vouches for a sender.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ADDED = {
    "mailbox": ("lease_holder", "lease_number", "lease_until"),
    "callout": ("acknowledge",),
    "callout_text": ("acknowledgement",),
    "message": ("said_by",),
    "outgoing": ("bounce_status", "copy_to", "copy_attempts"),
}
# Written out, since SQLite adds a constraint only together with its column.
CONSTRAINED = (
    "message ADD COLUMN sender_check varchar(20) DEFAULT 'none' NOT NULL"
    " CONSTRAINT ck_message_sender_check CHECK (sender_check IN ('none', 'confirmed', 'not_confirmed'))",
    "outgoing ADD COLUMN kind varchar(20) DEFAULT 'reply' NOT NULL"
    " CONSTRAINT ck_outgoing_kind CHECK (kind IN ('reply', 'acknowledgement'))",
    "outgoing ADD COLUMN bounced_by bigint CONSTRAINT fk_outgoing_bounced_by REFERENCES message (id)",
)


def upgrade() -> None:
    for table, names in ADDED.items():
        for name in names:
            op.add_column(table, _column(name))
    for change in CONSTRAINED:
        op.execute(f"ALTER TABLE {change}")
    op.create_table(
        "acknowledged",
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "day", name=op.f("pk_acknowledged")),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("mailbox", sa.String(60), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(20), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_oauth_grant_key_id")),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_oauth_grant")),
    )


def downgrade() -> None:
    op.drop_table("oauth_grant")
    op.drop_table("acknowledged")
    for table, column in (("outgoing", "bounced_by"), ("outgoing", "kind"), ("message", "sender_check")):
        op.drop_column(table, column)
    for table, names in ADDED.items():
        for name in names:
            op.drop_column(table, name)


def _column(name: str) -> sa.Column[Any]:
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("lease_holder", sa.String(40), nullable=False, server_default=""),
        sa.Column("lease_number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledge", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("acknowledgement", sa.String(2000), nullable=False, server_default=""),
        sa.Column("said_by", sa.LargeBinary(), nullable=True),
        sa.Column("bounce_status", sa.String(20), nullable=False, server_default=""),
        sa.Column("copy_to", sa.String(60), nullable=False, server_default=""),
        sa.Column("copy_attempts", sa.Integer(), nullable=False, server_default="0"),
    )
    return next(column for column in columns if column.name == name)
