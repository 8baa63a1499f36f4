"""callouts in full

The builder's fields, conditions and versions of questions, what each reader withholds, the gallery, what was taught
about spam, what a scanner said, codes for mail senders' pages, and tips that were erased.
"""

import sqlalchemy as sa
from alembic import op

from tipline.migrations.checks import allow

revision = "0004"
down_revision = "0003"

OLD_VERBS = (
    "received", "message", "status", "verification", "assigned", "tagged", "untagged", "follow_up", "note", "reply",
    "reply_sent", "reply_failed", "reply_withdrawn", "consent", "joined", "credited", "uncredited", "identity_seen",
    "original_seen", "read_again", "callout_made", "callout_changed", "callout_opened", "callout_closed",
    "account_made", "roles", "team", "account_off", "account_on", "password", "signed_in", "quarantined",
    "mailbox_connected",
)  # fmt: skip
NEW_VERBS = (
    "callout_paused", "callout_archived", "preview_link", "exported", "quoted", "published", "unpublished", "held",
    "released", "erased", "scanned", "page_code",
)  # fmt: skip
OLD_KINDS = ("short", "long", "one", "several", "yes_no", "date", "email", "file")
KINDS = (
    "short", "long", "one", "several", "yes_no", "number", "date", "month", "place", "email", "phone", "link",
    "rating", "file",
)  # fmt: skip
WORDS = (
    ("callout", "status", ("draft", "open", "closed"), ("draft", "open", "paused", "closed", "archived")),
    ("question", "kind", OLD_KINDS, KINDS),
    ("event", "verb", OLD_VERBS, (*OLD_VERBS, *NEW_VERBS)),
    ("outgoing", "kind", ("reply", "acknowledgement"), ("reply", "acknowledgement", "page_code")),
)
# What the version before has no word for.
FALLEN_BACK = (
    "UPDATE callout SET status = 'closed' WHERE status IN ('paused', 'archived')",
    f"UPDATE question SET kind = 'short' WHERE kind NOT IN {OLD_KINDS}",
    f"DELETE FROM event WHERE verb IN {NEW_VERBS}",
    "DELETE FROM outgoing WHERE kind = 'page_code'",
)

TIME = sa.DateTime(timezone=True)
LIST = "json DEFAULT '[]' NOT NULL"
FALSE = "boolean DEFAULT false NOT NULL"
# Written out, since SQLite adds a constraint only together with its column.
ADDED = {
    "callout": {
        "opens_at": "{time}",
        "timezone": "varchar(60) DEFAULT '' NOT NULL",
        "retention_days": "integer",
        "anonymous": "boolean DEFAULT true NOT NULL",
        "preview_turn": "integer DEFAULT 1 NOT NULL",
        "mail_subject": "varchar(100) DEFAULT '' NOT NULL",
        "ask_by_mail": FALSE,
        "indexed": FALSE,
        "gallery": FALSE,
        "embed_origins": LIST,
    },
    "callout_text": {
        "handling": "varchar(5000) DEFAULT '' NOT NULL",
        "risk": "varchar(2000) DEFAULT '' NOT NULL",
        "next_steps": "varchar(2000) DEFAULT '' NOT NULL",
    },
    "question": {
        "publish": FALSE,
        "new_page": FALSE,
        "guide": "integer",
        "least": "integer",
        "most": "integer",
        "ask_if_id": "integer CONSTRAINT fk_question_ask_if_id REFERENCES question (id)",
        "ask_if_options": LIST,
        "ends_if": LIST,
        "origin_id": "integer CONSTRAINT fk_question_origin_id REFERENCES question (id)",
    },
    "stored_file": {
        "scan": "varchar(20) DEFAULT 'not_scanned' NOT NULL CONSTRAINT ck_stored_file_scan"
        " CHECK (scan IN ('not_scanned', 'clean', 'infected', 'failed'))",
        "scan_found": "varchar(100) DEFAULT '' NOT NULL",
        "scanned_at": "{time}",
    },
    "tip": {"spam_score": "integer DEFAULT 0 NOT NULL", "legal_hold": FALSE},
    "consent": {"withheld": LIST},
    "answer": {"withheld": FALSE, "number": "double precision"},
}
# Without them a key, or a tip that others were joined into, is removed by reading whole tables, and so are answers counted.
INDEXED = (
    ("raw_mail", "key_id"), ("stored_file", "key_id"), ("draft", "key_id"), ("reader", "key_id"),
    ("question", "origin_id"), ("identity_answer", "question_id"),
)  # fmt: skip
TABLES = (
    "erased_tip", "page_proof", "spam_lesson", "spam_word", "publication", "answer_choice", "question_count",
)  # fmt: skip


def upgrade() -> None:
    for table, column, _, words in WORDS:
        allow(table, column, words)
    time = "datetime" if op.get_bind().dialect.name == "sqlite" else "timestamp with time zone"
    for table, columns in ADDED.items():
        for column, form in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {form.format(time=time)}")
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    joined = sa.text("joined_into IS NOT NULL")
    op.create_index("ix_tip_joined_into", "tip", ["joined_into"], sqlite_where=joined, postgresql_where=joined)
    op.create_index("ix_answer_question", "answer", ["question_id", "withheld", "tip_id"])
    op.drop_index(op.f("ix_answer_question_id"), "answer")
    _questions()
    _publication()
    op.create_table(
        "spam_word",
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("ham", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_spam_word")),
    )
    op.create_table(
        "spam_lesson",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_spam_lesson_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_spam_lesson")),
    )
    op.create_table(
        "page_proof",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_page_proof_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_page_proof")),
    )
    op.create_table(
        "erased_tip",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_erased_tip")),
    )


def _questions() -> None:
    op.create_table(
        "question_count",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_count_question_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "answered", name=op.f("pk_question_count")),
    )
    op.create_table(
        "answer_choice",
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("option", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_answer_choice_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_answer_choice_question_id")),
        sa.PrimaryKeyConstraint("answer_id", "option", name=op.f("pk_answer_choice")),
    )
    op.create_index("ix_answer_choice_question", "answer_choice", ["question_id", "option", "tip_id"])


def _publication() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("text", sa.String(5000), nullable=False),
        sa.Column("attribution", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_publication_callout_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_publication_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_publication_answer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_publication_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_callout_id"), "publication", ["callout_id"])
    op.create_index(op.f("ix_publication_tip_id"), "publication", ["tip_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table, column in INDEXED:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    op.drop_index("ix_tip_joined_into", "tip")
    op.create_index(op.f("ix_answer_question_id"), "answer", ["question_id"])
    op.drop_index("ix_answer_question", "answer")
    for table, columns in ADDED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for change in FALLEN_BACK:
        op.execute(change)
    for table, column, words, _ in WORDS:
        allow(table, column, words)
