"""safe way

A reader chooses anew how it is safe to reach them: a verb of its own.
"""

from alembic import op

from tipline.migrations.checks import allow

revision = "0011"
down_revision = "0010"

OLD_VERBS = (
    "received", "message", "status", "verification", "assigned", "tagged", "untagged", "follow_up", "note", "reply",
    "reply_sent", "reply_failed", "reply_withdrawn", "consent", "joined", "credited", "uncredited", "identity_seen",
    "original_seen", "read_again", "callout_made", "callout_changed", "callout_opened", "callout_closed",
    "account_made", "roles", "team", "account_off", "account_on", "password", "signed_in", "quarantined",
    "mailbox_connected", "callout_paused", "callout_archived", "preview_link", "exported", "quoted", "published",
    "unpublished", "held", "released", "erased", "scanned", "page_code", "tag_changed", "tag_merged", "view_changed",
    "macro_changed", "reasons_changed", "saved_reply", "checklist", "contact", "task", "task_done", "task_open",
    "highlighted", "translated", "linked", "unlinked", "split", "parted", "moved", "same_reader", "other_reader",
    "printed", "unalike", "alike", "bulk", "due", "fact", "fact_corrected", "fact_type",
)  # fmt: skip
NEW_VERB = "safe_way"


def upgrade() -> None:
    allow("event", "verb", (*OLD_VERBS, NEW_VERB))


def downgrade() -> None:
    op.execute(f"DELETE FROM event WHERE verb = '{NEW_VERB}'")
    allow("event", "verb", OLD_VERBS)
