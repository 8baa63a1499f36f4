"""files of notes

A file stands with a message of its tip, or with what reporters wrote down: a note, or a call or meeting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

PLACES = {"note_id": "note", "contact_id": "contact_entry"}
DEMANDED, FREE = "message_id BIGINT NOT NULL", "message_id BIGINT"


def upgrade() -> None:
    _message(demanded=False)
    for column, table in PLACES.items():
        foreign = f"CONSTRAINT fk_stored_file_{column} REFERENCES {table} (id)"
        op.execute(f"ALTER TABLE stored_file ADD COLUMN {column} integer {foreign}")
        op.create_index(f"ix_stored_file_{column}", "stored_file", [column])


def downgrade() -> None:
    """Older versions know no other place for a file: those of notes go."""
    op.execute("DELETE FROM stored_file WHERE message_id IS NULL")
    for column in PLACES:
        op.drop_index(f"ix_stored_file_{column}", "stored_file")
        op.execute(f"ALTER TABLE stored_file DROP COLUMN {column}")
    _message(demanded=True)


def _message(*, demanded: bool) -> None:
    """Demand a message of each file, or not. In SQLite the table's text is rewritten, as its manual says for NOT NULL
    (lang_altertable, section 7): a new table would take the words inside files along with the old one."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute(f"ALTER TABLE stored_file ALTER COLUMN message_id {'SET' if demanded else 'DROP'} NOT NULL")
        return
    before, after = (FREE, DEMANDED) if demanded else (DEMANDED, FREE)
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'stored_file'")
    sql: str = connection.execute(query).scalar_one()
    if sql.count(before) != 1:
        raise ValueError("stored_file is not as the migration before this one left it")
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'stored_file'")
    connection.execute(change, {"sql": sql.replace(before, after)})
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
