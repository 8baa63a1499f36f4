"""sealed words

Words inside files stand in the index as keyed tokens without order. Documents that hold them in the clear leave it here,
and what is left of them is overwritten; the worker makes all documents anew, those first, now with names and replies.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
CLEARED = ("search_document",)  # of words in the clear: `schema.migrate` has PostgreSQL let go of them

WITH_FILES = "SELECT id FROM tip WHERE id IN (SELECT tip_id FROM stored_file)"
KEY = "(max(0, CAST(strftime('%s', substr(received_at, 1, 19)) AS INTEGER)) << 30) | id"


def upgrade() -> None:
    _leave(WITH_FILES)


def downgrade() -> None:
    """Older versions find no keyed tokens: they make all documents of sealed words anew."""
    _leave(WITH_FILES)


def _leave(tips: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"DELETE FROM search_document WHERE rowid IN ({tips.replace('SELECT id', f'SELECT {KEY}')})")
        # FTS5 only marks rows as deleted until its parts are merged; the pages are zeroed by secure_delete.
        before = -1
        while (changed := _changes()) - before >= 2:
            before = changed
            op.execute("INSERT INTO search_document (search_document, rank) VALUES ('merge', -10000)")
    else:
        op.execute(f"DELETE FROM search_document WHERE tip_id IN ({tips})")
        # The planner's statistics list common words in the clear. Those of an empty table ANALYZE would leave as they are.
        op.execute("ALTER TABLE search_document ALTER COLUMN document TYPE tsvector")
        op.execute("ANALYZE search_document")
    op.execute(f"UPDATE tip SET tokens_version = 0 WHERE id IN ({tips})")


def _changes() -> int:
    found: int = op.get_bind().exec_driver_sql("SELECT total_changes()").scalar_one()
    return found
