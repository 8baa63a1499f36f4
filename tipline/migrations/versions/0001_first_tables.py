"""first tables

The tables of the models, the types of facts that tipline extracts by itself, and each database's own full-text index
over our token stream, one document a tip.

SQLite: contentless FTS5, its rowid `seconds of received_at << 30 | tip id`, so that a walk of any word's hits is in the
order of the lists. A trigger does there what the foreign key's cascade does on PostgreSQL.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
EXTRACTED = ("place", "crossing", "date", "airline", "visa", "amount", "relation")


def upgrade() -> None:
    types = _tables()
    rows = [
        {"key": kind, "name": "", "kind": kind, "choices": [], "position": n, "archived": False}
        for n, kind in enumerate(EXTRACTED)
    ]
    op.bulk_insert(types, rows)
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_document USING fts5(story, answers, notes, files, inside, loose, "
            "content='', contentless_delete=1, tokenize='ascii')"
        )
        op.execute(
            "CREATE TRIGGER search_document_of_tip AFTER DELETE ON tip BEGIN "
            "DELETE FROM search_document WHERE rowid = "
            "(max(0, CAST(strftime('%s', substr(old.received_at, 1, 19)) AS INTEGER)) << 30) | old.id; END"
        )
        return
    op.execute(
        "CREATE TABLE search_document ("
        "tip_id integer CONSTRAINT pk_search_document PRIMARY KEY "
        "CONSTRAINT fk_search_document_tip_id REFERENCES tip (id) ON DELETE CASCADE, "
        "tokens_version integer NOT NULL, document tsvector NOT NULL)"
    )
    # Every search reads what waits to be put into the index: 256 KB of it, not 4 MB.
    op.execute(
        "CREATE INDEX ix_search_document_document ON search_document USING gin (document) "
        "WITH (gin_pending_list_limit = 256)"
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER search_document_of_tip")
    op.execute("DROP TABLE search_document")
    tables = sa.inspect(op.get_bind()).get_sorted_table_and_fkc_names()
    for table, _ in reversed(tables):
        if table and table != "alembic_version":
            op.drop_table(table)


def words(name: str, of: str) -> sa.Enum:
    """A column that takes these words only."""
    return sa.Enum(*of.split(), name=name, native_enum=False, create_constraint=True, length=20)


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _tables() -> sa.Table:
    """Create all tables; returns the one of the types of facts. Of two indexes that seem to cost the same, SQLite takes
    the one that was created later: their order counts."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", TIME, nullable=True),
        sa.Column("activity_seen", sa.Integer(), nullable=False),
        sa.Column("digest", words("digest", "off hourly daily"), nullable=False),
        sa.Column("digested", sa.Integer(), nullable=False),
        sa.Column("digested_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "auto_reply_sent",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "day", name=op.f("pk_auto_reply_sent")),
    )
    op.create_table(
        "checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist")),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    op.create_table(
        "erased_tip",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_erased_tip")),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("compared_at", TIME, nullable=True),
        sa.Column("on_server", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=20), nullable=False),
        sa.Column("error_since", TIME, nullable=True),
        sa.Column("lease_holder", sa.String(length=40), nullable=False),
        sa.Column("lease_number", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("name", name=op.f("uq_mailbox_name")),
    )
    op.create_table(
        "reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", words("status", "new reviewing waiting ready used closed spam"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("kind", words("kind", "wrong first again"), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", "kind", name=op.f("pk_sign_in_try")),
    )
    op.create_index("ix_sign_in_try_at", "sign_in_try", ["at"])
    op.create_table(
        "spam_word",
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("ham", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_spam_word")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=40), nullable=False),
        sa.Column("colour", words("colour", "grey red orange yellow green teal blue purple pink"), nullable=False),
        sa.Column("group_name", sa.String(length=40), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["tag.id"], name=op.f("fk_tag_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("folded", name=op.f("uq_tag_folded")),
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", words("role", "admin editor reporter viewer"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_account_role")),
    )
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=4500), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("state", words("state", "running done cancelled failed"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("newest_id", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_bulk_change_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["undoes"], ["bulk_change.id"], name=op.f("fk_bulk_change_undoes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
    )
    op.create_index("ix_bulk_change_undoes", "bulk_change", ["undoes"])
    op.create_index("ix_bulk_change_running", "bulk_change", ["account_id"], **where("state = 'running'"))
    op.create_table(
        "callout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("status", words("status", "draft open paused closed archived"), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("mail_address", sa.String(length=254), nullable=False),
        sa.Column("closes_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("acknowledge", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opens_at", TIME, nullable=True),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("preview_generation", sa.Integer(), nullable=False),
        sa.Column("mail_subject", sa.String(length=100), nullable=False),
        sa.Column("ask_by_mail", sa.Boolean(), nullable=False),
        sa.Column("indexed", sa.Boolean(), nullable=False),
        sa.Column("gallery", sa.Boolean(), nullable=False),
        sa.Column("embed_origins", sa.JSON(), nullable=False),
        sa.Column("behind", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_callout_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callout")),
        sa.UniqueConstraint("slug", name=op.f("uq_callout_slug")),
    )
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_epoch_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
        sa.UniqueConstraint(
            "mailbox_id", "folder", "uidvalidity", "n", name=op.f("uq_epoch_mailbox_id_folder_uidvalidity_n")
        ),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["account.id"], name=op.f("fk_invitation_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_account_id", "invitation", ["account_id"])
    op.create_table(
        "mass_message_draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(length=40), nullable=False),
        sa.Column("tips", sa.JSON(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mass_message_draft_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "submission", name=op.f("pk_mass_message_draft")),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"])
    op.create_table(
        "macro",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=1), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_macro_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_macro_account_id_name")),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("mailbox", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("error", sa.String(length=20), nullable=False),
        sa.Column("tried_at", TIME, nullable=True),
        sa.Column("granted_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_oauth_grant_key_id")),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_oauth_grant")),
    )
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("short_name", sa.LargeBinary(), nullable=True),
        sa.Column("contact_note", sa.LargeBinary(), nullable=True),
        sa.Column("same_as", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_reader_key_id")),
        sa.ForeignKeyConstraint(["same_as"], ["reader.id"], name=op.f("fk_reader_same_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
    )
    op.create_index("ix_reader_key_id", "reader", ["key_id"])
    op.create_index("ix_reader_same_as", "reader", ["same_as"])
    op.create_table(
        "recent_search",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recent_search_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "query", name=op.f("pk_recent_search")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=4500), nullable=False),
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
        "callout_member",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_callout_member_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_callout_member_callout_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("callout_id", "account_id", name=op.f("pk_callout_member")),
    )
    op.create_index("ix_callout_member_account_id", "callout_member", ["account_id"])
    op.create_table(
        "callout_text",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("intro", sa.String(length=5000), nullable=False),
        sa.Column("why", sa.String(length=5000), nullable=False),
        sa.Column("closed_message", sa.String(length=2000), nullable=False),
        sa.Column("acknowledgement", sa.String(length=2000), nullable=False),
        sa.Column("handling", sa.String(length=5000), nullable=False),
        sa.Column("risk", sa.String(length=2000), nullable=False),
        sa.Column("next_steps", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_callout_text_callout_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("callout_id", "language", name=op.f("pk_callout_text")),
    )
    op.create_table(
        "action_day",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", words("grain", "day month"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("action", words("action", "answered closed"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_action_day_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_action_day_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "account_id", "action", name=op.f("pk_action_day")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_action_day_account_id", "action_day", ["account_id"])
    op.create_table(
        "draft",
        sa.Column("submission_id", sa.String(length=64), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_draft_callout_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_draft_key_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"])
    op.create_index("ix_draft_key_id", "draft", ["key_id"])
    types = op.create_table(
        "fact_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind", words("kind", "place crossing date airline visa amount relation text choice number"), nullable=False
        ),
        sa.Column("callout_id", sa.Integer(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_fact_type_callout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_type")),
        sa.UniqueConstraint("key", name=op.f("uq_fact_type_key")),
    )
    op.create_index("ix_fact_type_callout_id", "fact_type", ["callout_id"])
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            words("kind", "short long one several yes_no number date month place email phone link rating file"),
            nullable=False,
        ),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("identity", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("new_page", sa.Boolean(), nullable=False),
        sa.Column("guide", sa.Integer(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("ask_if_id", sa.Integer(), nullable=True),
        sa.Column("ask_if_options", sa.JSON(), nullable=False),
        sa.Column("ends_if", sa.JSON(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ask_if_id"], ["question.id"], name=op.f("fk_question_ask_if_id")),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_question_callout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["origin_id"], ["question.id"], name=op.f("fk_question_origin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_callout_id", "question", ["callout_id"])
    op.create_index("ix_question_origin_id", "question", ["origin_id"])
    op.create_table(
        "reader_contact",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "email phone"), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("lookup_hash", sa.String(length=64), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["reader.id"], name=op.f("fk_reader_contact_reader_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_contact")),
        sa.UniqueConstraint(
            "reader_id", "kind", "lookup_hash", name=op.f("uq_reader_contact_reader_id_kind_lookup_hash")
        ),
    )
    op.create_index("ix_reader_contact_lookup_hash", "reader_contact", ["lookup_hash"])
    op.create_index("ix_reader_contact_reader_id", "reader_contact", ["reader_id"])
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["callout_id"], ["callout.id"], name=op.f("fk_saved_reply_callout_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_saved_reply_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
    )
    op.create_table(
        "tip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("source", words("source", "form mail page phone chat in_person"), nullable=False),
        sa.Column("status", words("status", "new reviewing waiting ready used closed spam"), nullable=False),
        sa.Column(
            "verification", words("verification", "unverified in_progress verified inconclusive false"), nullable=False
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("consent", words("consent", "name anonymous ask background unknown"), nullable=False),
        sa.Column("contact", words("contact", "email phone page no unknown"), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("excerpt", sa.String(length=300), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("snoozed", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("reader_wrote_at", TIME, nullable=False),
        sa.Column("active_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answered_after", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("submission_id", sa.String(length=64), nullable=True),
        sa.Column("submission_print", sa.String(length=16), nullable=True),
        sa.Column("may_belong_to", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("tokens_version", sa.Integer(), nullable=False),
        sa.Column("spam_score", sa.Integer(), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("reason_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.BigInteger(), nullable=True),
        sa.Column("fingerprints_version", sa.Integer(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("priority BETWEEN 0 AND 3", name=op.f("ck_tip_priority")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_tip_assignee_id")),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_callout_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["tip.id"], name=op.f("fk_tip_merged_into")),
        sa.ForeignKeyConstraint(["may_belong_to"], ["tip.id"], name=op.f("fk_tip_may_belong_to")),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name=op.f("fk_tip_reader_id")),
        sa.ForeignKeyConstraint(["reason_id"], ["reason.id"], name=op.f("fk_tip_reason_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tip")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_tip_code_hash")),
        sa.UniqueConstraint("submission_id", "submission_print", name=op.f("uq_tip_submission_id_submission_print")),
    )
    op.create_index("ix_tip_assignee_newest", "tip", ["assignee_id", "received_at", "id"])
    op.create_index("ix_tip_callout_newest", "tip", ["callout_id", "received_at", "id"])
    op.create_index("ix_tip_callout_status_newest", "tip", ["callout_id", "status", "received_at", "id"])
    op.create_index("ix_tip_follow_up", "tip", ["follow_up_on"], **where("follow_up_on IS NOT NULL"))
    op.create_index(
        "ix_tip_open_callout_newest",
        "tip",
        ["callout_id", "received_at", "id"],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index(
        "ix_tip_open_assignee_newest",
        "tip",
        ["assignee_id", "received_at", "id"],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index("ix_tip_may_belong_to", "tip", ["may_belong_to"])
    op.create_index("ix_tip_newest", "tip", ["received_at", "id"])
    op.create_index("ix_tip_reader_id", "tip", ["reader_id"])
    op.create_index("ix_tip_status_newest", "tip", ["status", "received_at", "id"])
    op.create_index("ix_tip_merged_into", "tip", ["merged_into"], **where("merged_into IS NOT NULL"))
    op.create_index(
        "ix_tip_cluster", "tip", ["callout_id", "cluster_id"], **where("cluster_id IS NOT NULL AND NOT restricted")
    )
    op.create_index(
        "ix_tip_open_cluster",
        "tip",
        ["cluster_id", "assignee_id", "id"],
        **where(
            "status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL AND cluster_id IS NOT NULL AND NOT restricted"
        ),
    )
    op.create_index(
        "ix_tip_unprinted",
        "tip",
        ["id"],
        **where("fingerprints_version = 0 AND merged_into IS NULL AND NOT restricted"),
    )
    op.create_index(
        "ix_tip_answered",
        "tip",
        ["received_at", "callout_id", "answered_after", "restricted", "merged_into"],
        **where("answered_after IS NOT NULL AND merged_into IS NULL AND NOT restricted"),
    )
    op.create_index("ix_tip_forwarded", "tip", ["id"], **where("forwarded"))
    op.create_index("ix_tip_automatic", "tip", ["id"], **where("automatic"))
    op.create_index("ix_tip_tokens", "tip", ["tokens_version", "id"], **where("NOT restricted AND merged_into IS NULL"))
    op.create_index("ix_tip_remind", "tip", ["remind_on"], **where("remind_on IS NOT NULL"))
    op.create_index("ix_tip_snoozed", "tip", ["id"], **where("snoozed"))
    op.create_index("ix_tip_facts", "tip", ["facts_version", "id"], **where("merged_into IS NULL"))
    op.create_index(
        "ix_tip_open_newest",
        "tip",
        [
            "received_at",
            "id",
            "callout_id",
            "status",
            "merged_into",
            "restricted",
            "assignee_id",
            "source",
            "language",
            "consent",
            "verification",
            "photos",
            "files",
            "answered_at",
            "reader_wrote_at",
            "active_at",
            "snoozed",
            "follow_up_on",
        ],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index("ix_tip_source", "tip", ["source", "id"])
    op.create_index("ix_tip_verification", "tip", ["verification", "id"])
    op.create_index("ix_tip_consent", "tip", ["consent", "id"])
    op.create_index(
        "ix_tip_unanswered",
        "tip",
        ["received_at", "id"],
        **where(
            "status NOT IN ('waiting', 'used', 'closed', 'spam') AND merged_into IS NULL AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
        ),
    )
    op.create_index(
        "ix_tip_callout_unanswered",
        "tip",
        ["callout_id", "received_at", "id"],
        **where(
            "status NOT IN ('waiting', 'used', 'closed', 'spam') AND merged_into IS NULL AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
        ),
    )
    op.create_index(
        "ix_tip_waiting",
        "tip",
        ["reader_wrote_at", "id", "callout_id", "restricted", "status", "merged_into", "answered_at"],
        **where(
            "status NOT IN ('waiting', 'used', 'closed', 'spam') AND merged_into IS NULL AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
        ),
    )
    op.create_index(
        "ix_tip_callout_waiting",
        "tip",
        ["callout_id", "reader_wrote_at", "id"],
        **where(
            "status NOT IN ('waiting', 'used', 'closed', 'spam') AND merged_into IS NULL AND (answered_at IS NULL OR answered_at < reader_wrote_at)"
        ),
    )
    op.create_index("ix_tip_active", "tip", ["active_at", "id"])
    op.create_index(
        "ix_tip_open_active",
        "tip",
        [
            "active_at",
            "id",
            "callout_id",
            "status",
            "merged_into",
            "restricted",
            "assignee_id",
            "source",
            "language",
            "consent",
            "verification",
            "photos",
            "files",
            "answered_at",
            "reader_wrote_at",
            "snoozed",
            "follow_up_on",
        ],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index(
        "ix_tip_open_callout_active",
        "tip",
        ["callout_id", "active_at", "id"],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index(
        "ix_tip_open_assignee_active",
        "tip",
        ["assignee_id", "active_at", "id"],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_index("ix_tip_priority", "tip", ["priority", "id"])
    op.create_index(
        "ix_tip_open_priority",
        "tip",
        [
            "priority",
            "id",
            "callout_id",
            "status",
            "merged_into",
            "restricted",
            "assignee_id",
            "source",
            "language",
            "consent",
            "verification",
            "photos",
            "files",
            "answered_at",
            "reader_wrote_at",
            "active_at",
            "snoozed",
            "follow_up_on",
        ],
        **where("status NOT IN ('used', 'closed', 'spam') AND merged_into IS NULL"),
    )
    op.create_table(
        "tip_count",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("status", words("status", "new reviewing waiting ready used closed spam"), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_count_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "status", "assignee_id", name=op.f("pk_tip_count")),
    )
    op.create_table(
        "tip_day",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", words("grain", "day month"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", words("source", "form mail page phone chat in_person"), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_day_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "source", "language", name=op.f("pk_tip_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tip_day_state",
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("grain", words("grain", "day month"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("aspect", words("aspect", "status verification consent"), nullable=False),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_tip_day_state_callout_id")),
        sa.PrimaryKeyConstraint("callout_id", "grain", "day", "aspect", "word", name=op.f("pk_tip_day_state")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(length=500), nullable=False),
        sa.Column("value", sa.String(length=20000), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_answer_question_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_answer_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index("ix_answer_tip_id", "answer", ["tip_id"])
    op.create_index("ix_answer_question", "answer", ["question_id", "withheld", "tip_id"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("choice", words("choice", "name anonymous ask background unknown"), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("source", words("source", "form mail page phone chat in_person"), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.String(length=1000), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_consent_recorded_by")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_consent_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_tip_id", "consent", ["tip_id"])
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("way", words("way", "call meeting message other"), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_contact_entry_author_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_contact_entry_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_entry")),
    )
    op.create_index("ix_contact_entry_tip_id", "contact_entry", ["tip_id"])
    op.create_table(
        "draft_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.String(length=64), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("declared_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["draft.submission_id"], name=op.f("fk_draft_file_submission_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
    )
    op.create_index("ix_draft_file_submission_id", "draft_file", ["submission_id"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", words("actor", "reporter reader system"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "verb",
            words(
                "verb",
                "received message status verification priority assigned tagged untagged follow_up due note reply reply_sent reply_failed reply_withdrawn consent merged credited uncredited identity_seen original_seen read_again callout_made callout_changed callout_opened callout_closed account_made roles team account_off account_on password signed_in quarantined mailbox_connected callout_paused callout_archived preview_link exported quoted quote published unpublished held released erased page_code scanned tag_changed tag_merged view_changed macro_changed reasons_changed saved_reply checklist contact safe_way task task_done task_open highlighted translated linked unlinked split unmerged moved same_reader other_reader printed not_similar similar fact fact_corrected fact_type checked automatic reparsed bulk",
            ),
            nullable=False,
        ),
        sa.Column("tip_id", sa.Integer(), nullable=True),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.String(length=60), nullable=False),
        sa.Column("after", sa.String(length=60), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("caused_by", sa.Integer(), nullable=True),
        sa.Column("bulk_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_event_account_id")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_change.id"], name=op.f("fk_event_bulk_id")),
        sa.ForeignKeyConstraint(["caused_by"], ["event.id"], name=op.f("fk_event_caused_by")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_event_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["undoes"], ["event.id"], name=op.f("fk_event_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_verb", "event", ["verb", "id"])
    op.create_index("ix_event_bulk", "event", ["bulk_id", "id"], **where("bulk_id IS NOT NULL"))
    op.create_index("ix_event_account", "event", ["account_id", "id"], **where("account_id IS NOT NULL"))
    op.create_index("ix_event_undoes", "event", ["undoes"], **where("undoes IS NOT NULL"))
    op.create_index("ix_event_caused_by", "event", ["caused_by"], **where("caused_by IS NOT NULL"))
    op.create_index("ix_event_tip", "event", ["tip_id", "verb", "id"])
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("state", words("state", "suggested confirmed rejected"), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("begin", sa.Integer(), nullable=True),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_fact_decided_by")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_fact_tip_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["type_id"], ["fact_type.id"], name=op.f("fk_fact_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_tip", "fact", ["tip_id", "type_id", "state", "folded"])
    op.create_index("ix_fact_found", "fact", ["type_id", "state", "folded", "tip_id"])
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
    op.create_table(
        "identity_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("wording", sa.String(length=500), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_identity_answer_question_id")),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["reader.id"], name=op.f("fk_identity_answer_reader_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_identity_answer_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_answer")),
    )
    op.create_index("ix_identity_answer_reader_id", "identity_answer", ["reader_id"])
    op.create_index("ix_identity_answer_tip_id", "identity_answer", ["tip_id"])
    op.create_index("ix_identity_answer_question_id", "identity_answer", ["question_id"])
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("epoch_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            words("state", "discovered stored filed quarantined duplicate oversize failed gone"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("message_id_hash", sa.String(length=64), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.Column("tip_id", sa.Integer(), nullable=True),
        sa.Column("discovered_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["duplicate_of"], ["ledger.id"], name=op.f("fk_ledger_duplicate_of")),
        sa.ForeignKeyConstraint(["epoch_id"], ["epoch.id"], name=op.f("fk_ledger_epoch_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_ledger_tip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("epoch_id", "key", name=op.f("uq_ledger_epoch_id_key")),
    )
    op.create_index("ix_ledger_message_id_hash", "ledger", ["message_id_hash"])
    op.create_index("ix_ledger_raw_hash", "ledger", ["raw_hash"])
    op.create_index("ix_ledger_state", "ledger", ["state", "epoch_id"])
    op.create_index("ix_ledger_tip_id", "ledger", ["tip_id"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_note_author_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_note_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_tip_id", "note", ["tip_id"])
    op.create_table(
        "page_proof",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_page_proof_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_page_proof")),
    )
    op.create_table(
        "presence",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_presence_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_presence_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", "account_id", name=op.f("pk_presence")),
    )
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
        "question_text",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.String(length=500), nullable=False),
        sa.Column("hint", sa.String(length=1000), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_text_question_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "language", name=op.f("pk_question_text")),
    )
    op.create_table(
        "reply_draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "reply note"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
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
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("stored_as", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reply_file_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_reply_file_key_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_reply_file_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_file")),
    )
    op.create_index("ix_reply_file_account_id", "reply_file", ["account_id"])
    op.create_index("ix_reply_file_key_id", "reply_file", ["key_id"])
    op.create_index("ix_reply_file_tip_id", "reply_file", ["tip_id"])
    op.create_table(
        "spam_lesson",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_spam_lesson_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_spam_lesson")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_task_checklist_id")),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_task_done_by")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_task_made_by")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_task_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_assignee_id", "task", ["assignee_id"])
    op.create_index("ix_task_tip_id", "task", ["tip_id"])
    op.create_table(
        "tip_access",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_tip_access_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_access_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", "account_id", name=op.f("pk_tip_access")),
    )
    op.create_index("ix_tip_access_account_id", "tip_access", ["account_id"])
    op.create_table(
        "tip_link",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_tip_link_made_by")),
        sa.ForeignKeyConstraint(["other_id"], ["tip.id"], name=op.f("fk_tip_link_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_link_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", "other_id", name=op.f("pk_tip_link")),
    )
    op.create_index("ix_tip_link_other_id", "tip_link", ["other_id"])
    op.create_table(
        "tip_fingerprint",
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_fingerprint_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("value", "tip_id", name=op.f("pk_tip_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tip_fingerprint_tip_id", "tip_fingerprint", ["tip_id"])
    op.create_table(
        "tip_seen",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_tip_seen_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_seen_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", "account_id", name=op.f("pk_tip_seen")),
    )
    op.create_table(
        "tip_tag",
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_tip_tag_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_tip_tag_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tip_id", "tag_id", name=op.f("pk_tip_tag")),
    )
    op.create_index("ix_tip_tag_tag_id", "tip_tag", ["tag_id", "tip_id"])
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
        "message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("direction", words("direction", "in out"), nullable=False),
        sa.Column("source", words("source", "form mail page phone chat in_person"), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("quoted", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("html", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.LargeBinary(), nullable=True),
        sa.Column("original_author", sa.LargeBinary(), nullable=True),
        sa.Column("sender_check", words("sender_check", "none confirmed not_confirmed"), nullable=False),
        sa.Column("message_id_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("automatic", sa.String(length=20), nullable=False),
        sa.Column("reader_version", sa.Integer(), nullable=False),
        sa.Column("ledger_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_message_ledger_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_message_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_ledger_id", "message", ["ledger_id"])
    op.create_index("ix_message_message_id_hash", "message", ["message_id_hash"])
    op.create_index(
        "ix_message_parsed",
        "message",
        ["reader_version", "id"],
        **where("ledger_id IS NOT NULL AND author_id IS NULL AND automatic <> 'bounce'"),
    )
    op.create_index("ix_message_tip_id", "message", ["tip_id"])
    op.create_table(
        "moved_row",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_moved_row_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "kind", "row_id", name=op.f("pk_moved_row")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callout_id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=5000), nullable=False),
        sa.Column("attribution", sa.String(length=200), nullable=False),
        sa.Column("article", sa.String(length=500), server_default="", nullable=False),
        sa.Column("kept", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_publication_answer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["callout_id"], ["callout.id"], name=op.f("fk_publication_callout_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_publication_made_by")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_publication_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index("ix_publication_callout_id", "publication", ["callout_id"])
    op.create_index("ix_publication_tip_id", "publication", ["tip_id"])
    op.create_table(
        "raw_mail",
        sa.Column("ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("stored_as", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_raw_mail_key_id")),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_raw_mail_ledger_id")),
        sa.PrimaryKeyConstraint("ledger_id", name=op.f("pk_raw_mail")),
    )
    op.create_index("ix_raw_mail_key_id", "raw_mail", ["key_id"])
    op.create_table(
        "highlight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("begin", sa.Integer(), nullable=False),
        sa.Column("passage", sa.String(length=2000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_highlight_author_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_highlight_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_highlight_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_highlight")),
    )
    op.create_index("ix_highlight_message_id", "highlight", ["message_id"])
    op.create_index("ix_highlight_tip_id", "highlight", ["tip_id"])
    op.create_table(
        "outgoing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("state", words("state", "queued sending sent failed unknown bounced page withdrawn"), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("envelope_from", sa.String(length=254), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("mail_message_id", sa.String(length=200), nullable=False),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("kind", words("kind", "reply acknowledgement page_code"), nullable=False),
        sa.Column("bounced_by", sa.BigInteger(), nullable=True),
        sa.Column("bounce_status", sa.String(length=20), nullable=False),
        sa.Column("copy_to", sa.String(length=60), nullable=False),
        sa.Column("copy_attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bounced_by"], ["message.id"], name=op.f("fk_outgoing_bounced_by")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_outgoing_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_outgoing_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_id")),
    )
    op.create_index("ix_outgoing_mail_message_id", "outgoing", ["mail_message_id"])
    op.create_index("ix_outgoing_state", "outgoing", ["state", "not_before"])
    op.create_index("ix_outgoing_tip_id", "outgoing", ["tip_id"])
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("declared_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("stored_as", sa.String(length=32), nullable=True),
        sa.Column("scan", words("scan", "not_scanned clean infected failed"), nullable=False),
        sa.Column("scan_found", sa.String(length=100), nullable=False),
        sa.Column("scanned_at", TIME, nullable=True),
        sa.Column("extraction", words("extraction", "waiting done nothing failed"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact_entry.id"], name=op.f("fk_stored_file_contact_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_stored_file_key_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_stored_file_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_stored_file_note_id")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_stored_file_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index("ix_stored_file_message_id", "stored_file", ["message_id"])
    op.create_index("ix_stored_file_tip_id", "stored_file", ["tip_id"])
    op.create_index("ix_stored_file_key_id", "stored_file", ["key_id"])
    op.create_index("ix_stored_file_waiting", "stored_file", ["id"], **where("extraction = 'waiting'"))
    op.create_index("ix_stored_file_note_id", "stored_file", ["note_id"])
    op.create_index("ix_stored_file_contact_id", "stored_file", ["contact_id"])
    op.create_table(
        "translation",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_translation_author_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_translation_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "language", name=op.f("pk_translation")),
    )
    op.create_table(
        "file_text",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_file_text_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_file_text")),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tip_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("original", sa.String(length=2000), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("attribution", words("attribution", "name first_name description anonymous"), nullable=False),
        sa.Column("credit", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            words("state", "drafted sent approved change refused placed published corrected withdrawn"),
            nullable=False,
        ),
        sa.Column("article", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_quote_made_by")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_quote_message_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_quote_tip_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    for column in ("message_id", "state", "tip_id"):
        op.create_index(f"ix_quote_{column}", "quote", [column])
    op.create_table(
        "quote_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("quote_hash", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", words("answer", "yes change no"), nullable=True),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("evidence_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("unclear_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_quote_request_asked_by")),
        *(
            sa.ForeignKeyConstraint(
                [column], ["message.id"], name=op.f(f"fk_quote_request_{column}"), ondelete="SET NULL"
            )
            for column in ("evidence_id", "message_id", "unclear_id")
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_request_quote_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_quote_request_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_request")),
    )
    for column in ("evidence_id", "message_id", "quote_id", "unclear_id"):
        op.create_index(f"ix_quote_request_{column}", "quote_request", [column])
    return types
