"""New words for a column that a CHECK guards.

SQLite can't change a constraint in place. What its manual gives for that (lang_altertable, section 7: "changes to CHECK
constraints") is to rewrite the table's text in the schema, which touches no row, however many there are.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def allow(table: str, column: str, words: Sequence[str]) -> None:
    """Let a column hold these words, and no others. Every row must hold one of them already."""
    name = f"ck_{table}_{column}"
    check = f"{column} IN ({', '.join(repr(word) for word in words)})"
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({check})")
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    before: str = connection.execute(query, {"table": table}).scalar_one()
    start = before.index("(", before.index(f"CONSTRAINT {name} CHECK"))
    after = before[: start + 1] + check + before[_end(before, start) :]
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.execute(change, {"sql": after, "table": table})
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


def _end(sql: str, start: int) -> int:
    """Where the bracket that opens at `start` closes. None of our words holds a bracket."""
    depth = 0
    for place in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if depth == 0:
            return place
    raise ValueError("a bracket that does not close")
