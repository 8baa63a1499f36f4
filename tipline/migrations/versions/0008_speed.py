"""speed

Indexes that answer the desk on a million tips: what was once done to a tip, the newest tips of a tag, filters of open
work that few pass, and values that few tips have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OPEN_WORK = "status NOT IN ('used', 'closed', 'spam') AND joined_into IS NULL"
FILTERED = (
    "status", "joined_into", "restricted", "assignee_id", "source", "language", "consent", "verification", "photos",
    "files", "answered_at", "reader_wrote_at", "snoozed", "follow_up_on",
)  # fmt: skip
NEW: dict[str, tuple[str, tuple[str, ...], str]] = {
    "ix_event_tip": ("event", ("tip_id", "verb", "id"), ""),
    "ix_tip_tag_tag_id": ("tip_tag", ("tag_id", "tip_id"), ""),
    "ix_tip_open_newest": ("tip", ("received_at", "id", "callout_id", *FILTERED), OPEN_WORK),
}
VALUES = ("source", "verification", "consent")
OLD: dict[str, tuple[str, tuple[str, ...], str]] = {
    "ix_event_tip": ("event", ("tip_id", "id"), ""),
    "ix_tip_tag_tag_id": ("tip_tag", ("tag_id",), ""),
    "ix_tip_open_newest": ("tip", ("received_at", "id"), OPEN_WORK),
}


def upgrade() -> None:
    _make(NEW)
    for word in VALUES:
        op.create_index(f"ix_tip_{word}", "tip", [word, "id"])


def downgrade() -> None:
    for word in VALUES:
        op.drop_index(f"ix_tip_{word}", "tip")
    _make(OLD)


def _make(indexes: dict[str, tuple[str, tuple[str, ...], str]]) -> None:
    for name, (table, columns, condition) in indexes.items():
        op.drop_index(name, table)
        where = sa.text(condition) if condition else None
        op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)
