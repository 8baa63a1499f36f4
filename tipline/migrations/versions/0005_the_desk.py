"""the desk

Saved lists, macros, reasons, changes to whole lists, company, drafts, tasks and contacts, tips that belong together,
words inside files, and what the numbers are counted from.
"""

import sqlalchemy as sa
from alembic import op

from tipline.migrations.checks import allow

revision = "0005"
down_revision = "0004"

OLD_VERBS = (
    "received", "message", "status", "verification", "assigned", "tagged", "untagged", "follow_up", "note", "reply",
    "reply_sent", "reply_failed", "reply_withdrawn", "consent", "joined", "credited", "uncredited", "identity_seen",
    "original_seen", "read_again", "callout_made", "callout_changed", "callout_opened", "callout_closed",
    "account_made", "roles", "team", "account_off", "account_on", "password", "signed_in", "quarantined",
    "mailbox_connected", "callout_paused", "callout_archived", "preview_link", "exported", "quoted", "published",
    "unpublished", "held", "released", "erased", "scanned", "page_code",
)  # fmt: skip
NEW_VERBS = (
    "tag_changed", "tag_merged", "view_changed", "macro_changed", "reasons_changed", "saved_reply", "checklist",
    "contact", "task", "task_done", "task_open", "highlighted", "translated", "linked", "unlinked", "split", "parted",
    "moved", "same_reader", "other_reader", "printed", "unalike", "alike",
    "bulk",
)  # fmt: skip

TIME = sa.DateTime(timezone=True)
COLOURS = ("grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")
# Written out, since SQLite adds a constraint only together with its column.
ADDED = {
    "account": {
        "activity_seen": "integer DEFAULT 0 NOT NULL",
        "digest": "varchar(20) DEFAULT 'daily' NOT NULL CONSTRAINT ck_account_digest"
        " CHECK (digest IN ('off', 'hourly', 'daily'))",
        "digested": "integer DEFAULT 0 NOT NULL",
        "digested_at": "{time}",
    },
    "tag": {
        "colour": f"varchar(20) DEFAULT 'grey' NOT NULL CONSTRAINT ck_tag_colour CHECK (colour IN {COLOURS})",
        "group_name": "varchar(40) DEFAULT '' NOT NULL",
        "merged_into": "integer CONSTRAINT fk_tag_merged_into REFERENCES tag (id)",
    },
    "tip": {
        "reason_id": "integer CONSTRAINT fk_tip_reason_id REFERENCES reason (id)",
        "pile": "bigint",
        "prints_version": "integer DEFAULT 0 NOT NULL",
        "answered_after": "integer",
    },
    "reader": {"same_as": "integer CONSTRAINT fk_reader_same_as REFERENCES reader (id)"},
    "stored_file": {
        "extraction": "varchar(20) DEFAULT 'waiting' NOT NULL CONSTRAINT ck_stored_file_extraction"
        " CHECK (extraction IN ('waiting', 'done', 'nothing', 'failed'))",
    },
    "event": {
        "bulk_id": "integer CONSTRAINT fk_event_bulk_id REFERENCES bulk_change (id)",
    },
}
IN_PILE = "pile IS NOT NULL AND NOT restricted"
OPEN_WORK = "status NOT IN ('used', 'closed', 'spam') AND joined_into IS NULL"
OWED = "status NOT IN ('waiting', 'used', 'closed', 'spam') AND joined_into IS NULL AND answered_after IS NULL"
ANSWERED = "answered_after IS NOT NULL AND joined_into IS NULL AND NOT restricted"
OWED_INDEX = ("received_at", "id", "callout_id", "restricted", "status", "joined_into", "answered_after")
ANSWERED_INDEX = ("received_at", "callout_id", "answered_after", "restricted", "joined_into")
UNANSWERED = "status NOT IN ('spam', 'closed', 'used') AND joined_into IS NULL AND answered_at IS NULL"
WAITING = (
    "status NOT IN ('spam', 'closed', 'used') AND joined_into IS NULL"
    " AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
)
# name, table, columns, the rows that it holds (all, where there is no condition)
INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_reader_same_as", "reader", ["same_as"], None),
    ("ix_tip_pile", "tip", ["callout_id", "pile"], IN_PILE),
    ("ix_tip_open_pile", "tip", ["pile", "assignee_id", "id"], f"{OPEN_WORK} AND {IN_PILE}"),
    ("ix_tip_unprinted", "tip", ["id"], "prints_version = 0 AND joined_into IS NULL AND NOT restricted"),
    ("ix_tip_owed", "tip", list(OWED_INDEX), OWED),
    ("ix_tip_answered", "tip", list(ANSWERED_INDEX), ANSWERED),
    ("ix_tip_forwarded", "tip", ["id"], "forwarded"),
    ("ix_tip_automatic", "tip", ["id"], "automatic"),
    ("ix_tip_unanswered", "tip", ["received_at", "id"], UNANSWERED),
    ("ix_tip_callout_unanswered", "tip", ["callout_id", "received_at", "id"], UNANSWERED),
    ("ix_tip_waiting", "tip", ["reader_wrote_at", "id"], WAITING),
    ("ix_tip_callout_waiting", "tip", ["callout_id", "reader_wrote_at", "id"], WAITING),
    ("ix_tip_tokens", "tip", ["tokens_version", "id"], "NOT restricted AND joined_into IS NULL"),
    ("ix_stored_file_waiting", "stored_file", ["id"], "extraction = 'waiting'"),
    ("ix_event_bulk", "event", ["bulk_id", "id"], "bulk_id IS NOT NULL"),
    ("ix_event_account", "event", ["account_id", "id"], "account_id IS NOT NULL"),
)
TABLES = (
    "deed_day", "tip_day_state", "tip_day", "file_text", "tip_print", "moved_row", "tip_link", "translation", "highlight", "task",
    "checklist", "contact_entry", "saved_reply", "reply_file", "reply_draft", "presence", "mention", "follower",
    "macro", "reason", "bulk_change", "recent_search", "saved_view",
)  # fmt: skip


def upgrade() -> None:
    allow("event", "verb", (*OLD_VERBS, *NEW_VERBS))
    _lists()
    _company()
    _composing()
    _work()
    _belonging()
    _numbers()
    time = "datetime" if op.get_bind().dialect.name == "sqlite" else "timestamp with time zone"
    for table, columns in ADDED.items():
        for column, form in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {form.format(time=time)}")
    for name, table, indexed, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, indexed, sqlite_where=where, postgresql_where=where)
    _count_days()
    _search_index("story, answers, notes, files, inside, loose")


def _search_index(columns: str) -> None:
    """SQLite's, empty: documents of an older tokens_version are made again by the worker."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_document")
        op.execute(
            f"CREATE VIRTUAL TABLE search_document USING fts5({columns}, "
            "content='', contentless_delete=1, tokenize='ascii')"
        )
    else:  # every search reads what waits to be put into the index: 256 KB of it, not 4 MB
        op.execute("ALTER INDEX ix_search_document_document SET (gin_pending_list_limit = 256)")


def _count_days() -> None:
    """What came and was done until now, by day."""
    sqlite = op.get_bind().dialect.name == "sqlite"

    def day(moment: str) -> str:
        return f"date({moment})" if sqlite else f"({moment} AT TIME ZONE 'UTC')::date"

    def seconds(moment: str) -> str:
        return f"CAST(strftime('%s', {moment}) AS integer)" if sqlite else f"floor(extract(epoch FROM {moment}))"

    greatest = "max" if sqlite else "greatest"
    replies = "outgoing JOIN message ON message.id = outgoing.message_id"
    sent = "outgoing.kind = 'reply' AND outgoing.state <> 'withdrawn' AND message.author_id IS NOT NULL"
    op.execute(
        f"UPDATE tip SET answered_after = (SELECT {greatest}(0, {seconds('min(outgoing.not_before)')}"
        f" - {seconds('tip.received_at')}) FROM {replies} WHERE outgoing.tip_id = tip.id AND {sent})"
        " WHERE answered_at IS NOT NULL"
    )
    came, counted = day("received_at"), "FROM tip WHERE NOT restricted AND joined_into IS NULL"
    op.execute(
        "INSERT INTO tip_day (callout_id, grain, day, source, language, n) SELECT callout_id, 'day',"
        f" {came}, source, language, count(*) {counted} GROUP BY callout_id, {came}, source, language"
    )
    for aspect in ("status", "verification", "consent"):
        op.execute(
            "INSERT INTO tip_day_state (callout_id, grain, day, aspect, word, n) SELECT callout_id, 'day',"
            f" {came}, '{aspect}', {aspect}, count(*) {counted} GROUP BY callout_id, {came}, {aspect}"
        )
    deeds = "INSERT INTO deed_day (callout_id, grain, day, account_id, deed, n) SELECT callout_id, 'day',"
    of_tip = "JOIN tip ON NOT tip.restricted AND tip.id"
    on = day("message.sent_at")
    op.execute(
        f"{deeds} {on}, message.author_id, 'answered', count(*) FROM {replies} {of_tip} = outgoing.tip_id"
        f" WHERE {sent} GROUP BY callout_id, {on}, message.author_id"
    )
    done, on = "('used', 'closed')", day("event.at")
    op.execute(
        f"{deeds} {on}, event.account_id, 'closed', count(*) FROM event {of_tip} = event.tip_id"
        f" WHERE event.verb = 'status' AND event.account_id IS NOT NULL AND event.after IN {done}"
        f" AND event.before NOT IN {done} AND NOT EXISTS (SELECT 1 FROM event undone WHERE undone.undoes = event.id)"
        f" GROUP BY callout_id, {on}, event.account_id"
    )
    month = "date(day, 'start of month')" if sqlite else "date_trunc('month', day)::date"
    for table, keys in (
        ("tip_day", "source, language"),
        ("tip_day_state", "aspect, word"),
        ("deed_day", "account_id, deed"),
    ):
        op.execute(
            f"INSERT INTO {table} (callout_id, grain, day, {keys}, n) SELECT callout_id, 'month', {month}, {keys}, sum(n)"
            f" FROM {table} WHERE grain = 'day' GROUP BY callout_id, {month}, {keys}"
        )


def _lists() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.String(4500), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("alerted_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_view_account_id_name")),
    )
    op.create_table(
        "recent_search",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(500), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recent_search_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "query", name=op.f("pk_recent_search")),
    )
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(4500), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("newest_id", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled', 'failed')", name=op.f("ck_bulk_change_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_bulk_change_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["undoes"], ["bulk_change.id"], name=op.f("fk_bulk_change_undoes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
    )
    op.create_index("ix_bulk_change_undoes", "bulk_change", ["undoes"])
    running = sa.text("state = 'running'")
    op.create_index(
        "ix_bulk_change_running", "bulk_change", ["account_id"], sqlite_where=running, postgresql_where=running
    )
    op.create_table(
        "reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "status IN ('new', 'reviewing', 'waiting', 'ready', 'used', 'closed', 'spam')",
            name=op.f("ck_reason_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
    )
    op.create_table(
        "macro",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("key", sa.String(1), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_macro_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_macro_account_id_name")),
    )


def _company() -> None:
    op.create_table(
        "follower",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("news_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_follower_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_follower_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "tip_id", name=op.f("pk_follower")),
    )
    op.create_index("ix_follower_tip_id", "follower", ["tip_id"])
    op.create_index("ix_follower_news", "follower", ["account_id", "news_id"])
    # Who has a tip follows it.
    op.execute(
        "INSERT INTO follower (account_id, tip_id, muted, since, news_id) SELECT assignee_id, id, false, updated_at, 0"
        " FROM tip WHERE assignee_id IS NOT NULL AND joined_into IS NULL"
    )
    op.create_table(
        "mention",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mention_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_mention_note_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_mention_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "note_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_note_id", "mention", ["note_id"])
    op.create_index("ix_mention_tip_id", "mention", ["tip_id"])
    op.create_table(
        "presence",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_presence_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_presence_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tip_id", "account_id", name=op.f("pk_presence")),
    )


def _composing() -> None:
    op.create_table(
        "reply_draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('reply', 'note')", name=op.f("ck_reply_draft_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reply_draft_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_reply_draft_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "tip_id", "kind", name=op.f("pk_reply_draft")),
    )
    op.create_index("ix_reply_draft_tip_id", "reply_draft", ["tip_id"])
    op.create_table(
        "reply_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("stored_as", sa.String(32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reply_file_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_reply_file_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_reply_file_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_file")),
    )
    op.create_index("ix_reply_file_account_id", "reply_file", ["account_id"])
    op.create_index("ix_reply_file_key_id", "reply_file", ["key_id"])
    op.create_index("ix_reply_file_tip_id", "reply_file", ["tip_id"])
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("text", sa.String(20000), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_saved_reply_callout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_saved_reply_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
    )


def _work() -> None:
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(200), nullable=False),
        sa.Column("text", sa.String(20000), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("way IN ('call', 'meeting', 'message', 'other')", name=op.f("ck_contact_entry_way")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_contact_entry_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_contact_entry_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_entry")),
    )
    op.create_index("ix_contact_entry_tip_id", "contact_entry", ["tip_id"])
    op.create_table(
        "checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_task_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_task_checklist_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_task_made_by")),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_task_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_assignee_id", "task", ["assignee_id"])
    op.create_index("ix_task_tip_id", "task", ["tip_id"])
    op.create_table(
        "highlight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("begin", sa.Integer(), nullable=False),
        sa.Column("passage", sa.String(2000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_highlight_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_highlight_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_highlight_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_highlight")),
    )
    op.create_index("ix_highlight_message_id", "highlight", ["message_id"])
    op.create_index("ix_highlight_tip_id", "highlight", ["tip_id"])
    op.create_table(
        "translation",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_translation_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_translation_author_id")),
        sa.PrimaryKeyConstraint("message_id", "language", name=op.f("pk_translation")),
    )


def _belonging() -> None:
    op.create_table(
        "tip_link",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_link_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["tip.id"], name=op.f("fk_tip_link_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_tip_link_made_by")),
        sa.PrimaryKeyConstraint("tip_id", "other_id", name=op.f("pk_tip_link")),
    )
    op.create_index("ix_tip_link_other_id", "tip_link", ["other_id"])
    op.create_table(
        "moved_row",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_moved_row_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "kind", "row_id", name=op.f("pk_moved_row")),
    )
    op.create_table(
        "tip_print",
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_print_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("value", "tip_id", name=op.f("pk_tip_print")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tip_print_tip_id", "tip_print", ["tip_id"])


def _numbers() -> None:
    op.create_table(
        "file_text",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_file_text_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_file_text")),
    )
    op.create_table(
        "tip_day",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("ck_tip_day_grain")),
        sa.CheckConstraint(
            "source IN ('form', 'mail', 'page', 'phone', 'chat', 'in_person')", name=op.f("ck_tip_day_source")
        ),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_day_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "source", "language", name=op.f("pk_tip_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tip_day_state",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("aspect", sa.String(20), nullable=False),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("ck_tip_day_state_grain")),
        sa.CheckConstraint("aspect IN ('status', 'verification', 'consent')", name=op.f("ck_tip_day_state_aspect")),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_day_state_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "aspect", "word", name=op.f("pk_tip_day_state")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deed_day",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("ck_deed_day_grain")),
        sa.CheckConstraint("deed IN ('answered', 'closed')", name=op.f("ck_deed_day_deed")),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_deed_day_callout_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deed_day_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "account_id", "deed", name=op.f("pk_deed_day")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deed_day_account_id", "deed_day", ["account_id"])


def downgrade() -> None:
    _search_index("story, answers, notes, files")
    op.execute("UPDATE tip SET tokens_version = 0")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    for table, columns in ADDED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"DELETE FROM event WHERE verb IN {NEW_VERBS}")
    for table in TABLES:
        op.drop_table(table)
    allow("event", "verb", OLD_VERBS)
