"""facts

Facts of stories: their types, those that tipline reads by itself among them, and what was read in each tip. The
worker reads the tips that are there already, the newest first.
"""

import sqlalchemy as sa
from alembic import op

from tipline.migrations.checks import allow

revision = "0007"
down_revision = "0006"

OLD_VERBS = (
    "received", "message", "status", "verification", "assigned", "tagged", "untagged", "follow_up", "note", "reply",
    "reply_sent", "reply_failed", "reply_withdrawn", "consent", "joined", "credited", "uncredited", "identity_seen",
    "original_seen", "read_again", "callout_made", "callout_changed", "callout_opened", "callout_closed",
    "account_made", "roles", "team", "account_off", "account_on", "password", "signed_in", "quarantined",
    "mailbox_connected", "callout_paused", "callout_archived", "preview_link", "exported", "quoted", "published",
    "unpublished", "held", "released", "erased", "scanned", "page_code", "tag_changed", "tag_merged", "view_changed",
    "macro_changed", "reasons_changed", "saved_reply", "checklist", "contact", "task", "task_done", "task_open",
    "highlighted", "translated", "linked", "unlinked", "split", "parted", "moved", "same_reader", "other_reader",
    "printed", "unalike", "alike", "bulk", "due",
)  # fmt: skip
NEW_VERBS = ("fact", "fact_corrected", "fact_type")
READ = ("place", "crossing", "date", "airline", "visa", "amount", "relation")  # by tipline itself
KINDS = (*READ, "text", "choice", "number")

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    allow("event", "verb", (*OLD_VERBS, *NEW_VERBS))
    types = op.create_table(
        "fact_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_fact_type_kind")),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_fact_type_callout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_type")),
        sa.UniqueConstraint("key", name=op.f("uq_fact_type_key")),
    )
    op.create_index("ix_fact_type_callout_id", "fact_type", ["callout_id"])
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("folded", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("begin", sa.Integer(), nullable=True),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('suggested', 'confirmed', 'rejected')", name=op.f("ck_fact_state")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_fact_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["type_id"], ["fact_type.id"], name=op.f("fk_fact_type_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_fact_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_tip", "fact", ["tip_id", "type_id", "state", "folded"])
    op.create_index("ix_fact_found", "fact", ["type_id", "state", "folded", "tip_id"])
    rows = [
        {"key": kind, "name": "", "kind": kind, "choices": [], "position": n, "archived": False}
        for n, kind in enumerate(READ)
    ]
    op.bulk_insert(types, rows)
    op.execute("ALTER TABLE tip ADD COLUMN facts_version integer DEFAULT 0 NOT NULL")
    where = sa.text("joined_into IS NULL")
    op.create_index("ix_tip_facts", "tip", ["facts_version", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_tip_facts", "tip")
    op.execute("ALTER TABLE tip DROP COLUMN facts_version")
    op.execute(f"DELETE FROM event WHERE verb IN {NEW_VERBS}")
    op.drop_table("fact")
    op.drop_table("fact_type")
    allow("event", "verb", OLD_VERBS)
