"""one meaning

"Unanswered" means one thing, open work whose reader wrote last, and its indexes hold that. When a tip was last answered
is counted anew: joining, giving up and coming back left it as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

UNANSWERED = (
    "status NOT IN ('waiting', 'used', 'closed', 'spam') AND joined_into IS NULL"
    " AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
)
WAITING_INDEX = ("reader_wrote_at", "id", "callout_id", "restricted", "status", "joined_into", "answered_at")
NEW = {
    "ix_tip_unanswered": (("received_at", "id"), UNANSWERED),
    "ix_tip_callout_unanswered": (("callout_id", "received_at", "id"), UNANSWERED),
    "ix_tip_waiting": (WAITING_INDEX, UNANSWERED),
    "ix_tip_callout_waiting": (("callout_id", "reader_wrote_at", "id"), UNANSWERED),
}

OPEN = "status NOT IN ('spam', 'closed', 'used') AND joined_into IS NULL"
NEVER = f"{OPEN} AND answered_at IS NULL"
WAITING = f"{OPEN} AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
OWED = "status NOT IN ('waiting', 'used', 'closed', 'spam') AND joined_into IS NULL AND answered_after IS NULL"
OWED_INDEX = ("received_at", "id", "callout_id", "restricted", "status", "joined_into", "answered_after")
OLD = {
    "ix_tip_unanswered": (("received_at", "id"), NEVER),
    "ix_tip_callout_unanswered": (("callout_id", "received_at", "id"), NEVER),
    "ix_tip_waiting": (("reader_wrote_at", "id"), WAITING),
    "ix_tip_callout_waiting": (("callout_id", "reader_wrote_at", "id"), WAITING),
    "ix_tip_owed": (OWED_INDEX, OWED),
}

ANSWERED_LAST = """
UPDATE tip SET answered_at = (
    SELECT max(message.created_at) FROM outgoing JOIN message ON message.id = outgoing.message_id
    WHERE outgoing.tip_id = tip.id AND outgoing.kind = 'reply'
        AND outgoing.state NOT IN ('withdrawn', 'failed', 'bounced')
        AND outgoing.reason NOT IN ('scheduled', 'reader_wrote', 'not_allowed_then')
) WHERE id IN (SELECT tip_id FROM outgoing WHERE kind = 'reply')
"""


def upgrade() -> None:
    _drop(OLD)
    op.execute(ANSWERED_LAST)
    _make(NEW)


def downgrade() -> None:
    _drop(NEW)
    _make(OLD)


def _drop(indexes: dict[str, tuple[tuple[str, ...], str]]) -> None:
    for name in indexes:
        op.drop_index(name, "tip")


def _make(indexes: dict[str, tuple[tuple[str, ...], str]]) -> None:
    for name, (columns, condition) in indexes.items():
        where = sa.text(condition)
        op.create_index(name, "tip", list(columns), sqlite_where=where, postgresql_where=where)
