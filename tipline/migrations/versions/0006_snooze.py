"""snooze

Tips that are put off until a day, and those of whose day nobody was told yet. Days that have passed are not told.
"""

import sqlalchemy as sa
from alembic import op

from tipline.migrations.checks import allow

revision = "0006"
down_revision = "0005"

OLD_VERBS = (
    "received", "message", "status", "verification", "assigned", "tagged", "untagged", "follow_up", "note",
    "reply", "reply_sent", "reply_failed", "reply_withdrawn", "consent", "joined", "credited", "uncredited",
    "identity_seen", "original_seen", "read_again", "callout_made", "callout_changed", "callout_opened",
    "callout_closed", "account_made", "roles", "team", "account_off", "account_on", "password", "signed_in",
    "quarantined", "mailbox_connected", "callout_paused", "callout_archived", "preview_link", "exported",
    "quoted", "published", "unpublished", "held", "released", "erased", "scanned", "page_code", "tag_changed",
    "tag_merged", "view_changed", "macro_changed", "reasons_changed", "saved_reply", "checklist", "contact",
    "task", "task_done", "task_open", "highlighted", "translated", "linked", "unlinked", "split", "parted",
    "moved", "same_reader", "other_reader", "printed", "unalike", "alike", "bulk",
)  # fmt: skip
INDEXES = (("ix_tip_remind", ["remind_on"], "remind_on IS NOT NULL"), ("ix_tip_snoozed", ["id"], "snoozed"))


def upgrade() -> None:
    allow("event", "verb", (*OLD_VERBS, "due"))
    op.execute("ALTER TABLE tip ADD COLUMN remind_on date")
    op.execute("ALTER TABLE tip ADD COLUMN snoozed boolean DEFAULT false NOT NULL")
    op.execute("UPDATE tip SET remind_on = follow_up_on WHERE follow_up_on > CURRENT_DATE")
    for name, columns, condition in INDEXES:
        op.create_index(name, "tip", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def downgrade() -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, "tip")
    op.execute("ALTER TABLE tip DROP COLUMN snoozed")
    op.execute("ALTER TABLE tip DROP COLUMN remind_on")
    op.execute("UPDATE event SET after = replace(after, ' snoozed', '') WHERE verb = 'follow_up'")
    op.execute("UPDATE event SET before = replace(before, ' snoozed', '') WHERE verb = 'follow_up'")
    op.execute("DELETE FROM event WHERE verb = 'due'")
    allow("event", "verb", OLD_VERBS)
