"""search index

Each database's own full-text index over our token stream. One document a tip.

SQLite: contentless FTS5, its rowid `seconds of received_at << 30 | tip id`, so that a walk of any word's hits is in the
order of the lists. A trigger does there what the foreign key's cascade does on PostgreSQL.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_document USING fts5("
            "story, answers, notes, files, content='', contentless_delete=1, tokenize='ascii')"
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
    op.execute("CREATE INDEX ix_search_document_document ON search_document USING gin (document)")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER search_document_of_tip")
    op.execute("DROP TABLE search_document")
    op.execute("UPDATE tip SET tokens_version = 0")  # an index made anew begins empty: the worker fills it
