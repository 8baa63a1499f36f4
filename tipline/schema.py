"""Bringing a database up to this version's schema, by the migrations that are shipped with it.

Apart from tipline/db.py, since the tool for it takes as much memory as all else that a web process needs.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from tipline.db import ADVISORY_LOCK, MIGRATING, is_sqlite
from tipline.paths import MIGRATIONS


def migrate(engine: Engine) -> list[str]:
    """Bring the database up to this version's schema under a lock; returns the revisions that were run.

    Makes the folder of a SQLite file that is not there yet.
    """
    if is_sqlite(engine) and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with engine.connect() as conn:
        if not is_sqlite(conn):
            conn.execute(ADVISORY_LOCK, {"number": MIGRATING})
        before = MigrationContext.configure(conn).get_current_heads()
        config = _alembic()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        conn.commit()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    if head is None or head in before:
        return []
    return [one.revision for one in script.iterate_revisions(head, before[0] if before else "base")][::-1]


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
