"""A PostgreSQL cluster for one test run: on a socket in a folder of its own, without fsync, thrown away at the end.

Several processes (the test runner's workers) share one cluster by naming the same folder: the first starts it, and
a lock file in the folder keeps the others waiting meanwhile.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

import psycopg
from psycopg import sql

from tests.servers.missing import NotInstalled

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "4GB",
    "autovacuum": "off",
}
COPIES_FILES = 150_000  # the first version that can be told to


def binaries() -> Path | None:
    """The folder of the newest version's programs, None where there is none (Debian: postgresql)."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    numbered = sorted((path for path in versions if path.parent.name.isdecimal()), key=lambda p: int(p.parent.name))
    if numbered:
        return numbered[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Postgres:
    """`with Postgres() as cluster:` runs one alone; `Postgres(folder).start()` joins that of a shared folder."""

    def __init__(self, folder: Path | None = None, **settings: str) -> None:
        self._settings = {**SETTINGS, **settings}
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="postgres-")
        self.folder = folder or Path(self._own.name if self._own else "")
        self._templates: set[str] = set()  # known to be there

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._own:
            self._own.cleanup()

    @property
    def socket(self) -> Path:
        return self.folder / "cluster"

    @property
    def started(self) -> bool:
        return (self.socket / "ready").exists()

    def start(self) -> None:
        """Start the cluster where nobody has yet."""
        with self._lock():
            if self.started:
                return
            self.folder.chmod(0o711)  # the server's user passes through it
            if not self.socket.exists():
                self._make()
            settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
            log = str(self.socket / "log")
            self._command("pg_ctl", "start", "--wait", f"--log={log}", "-o", f"{settings} -k {self.socket}")
            (self.socket / "ready").touch()

    def _make(self) -> None:
        self.socket.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.socket, "postgres", "postgres")
        self._command("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")

    def stop(self, *, keep: bool = False) -> None:
        """End the cluster, whoever started it. Mostly nothing of it is kept, so it need not be tidy; `keep`: it can be
        started again."""
        with self._lock():
            if (self.socket / "data" / "postmaster.pid").exists():
                self._command("pg_ctl", "stop", "--wait", f"--mode={'fast' if keep else 'immediate'}")
            (self.socket / "ready").unlink(missing_ok=True)

    def restart(self) -> None:
        """As after a crash: whoever is connected loses the line, and what was not committed is gone."""
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        log = str(self.socket / "log")
        self._command("pg_ctl", "stop", "--wait", "--mode=immediate")
        self._command("pg_ctl", "start", "--wait", f"--log={log}", "-o", f"{settings} -k {self.socket}")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def create_database(self, template: str = "template0") -> str:
        """A new database's URL: an empty one, or a copy of a template's. Whoever asks for it drops it."""
        name = f"test_{token_hex(6)}"
        self._create(name, template)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop it with whoever is still connected."""
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database's URL, for as long as the block lasts."""
        url = self.create_database(template)
        try:
            yield url
        finally:
            self.drop_database(url)

    def template(self, name: str, prepare: Callable[[str], object]) -> str:
        """The name of a template database that `prepare` has filled, once in the cluster's life, given its URL."""
        made = f"template_{name}"
        if made in self._templates:
            return made
        with self._lock():
            if self._exists(made):
                self._templates.add(made)
                return made
            draft = f"draft_{name}"  # under this name until it is whole
            self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
            self._create(draft, "template0")
            prepare(self.url(draft))
            self._disconnect(draft)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            self._execute(rename.format(sql.Identifier(draft), sql.Identifier(made)))
        return made

    def _create(self, name: str, template: str) -> None:
        # Half the work of going through the log.
        strategy = sql.SQL(" STRATEGY FILE_COPY" if self._version >= COPIES_FILES else "")
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}{}")
        self._execute(create.format(sql.Identifier(name), sql.Identifier(template), strategy))

    @cached_property
    def _version(self) -> int:
        return int(self._execute(sql.SQL("SHOW server_version_num").format())[0][0])

    def _exists(self, name: str) -> bool:
        return bool(self._execute(sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(name)))

    def _disconnect(self, name: str) -> None:
        """End connections that `prepare` left in a pool: a database in use can be neither renamed nor copied."""
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
        self._execute(sql.SQL(query).format(name))

    def _execute(self, statement: sql.Composed) -> list[tuple[Any, ...]]:
        with psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _command(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, as its own user where we are root: it refuses root."""
        folder = binaries()
        if not folder:
            raise NotInstalled("postgresql")
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        command = [str(folder / program), "-D", str(self.socket / "data"), *arguments]
        # The server inherits these files: a pipe would keep us waiting for its end.
        with (self.folder / f"{program}.out").open("w+b") as output:
            done = subprocess.run(command, cwd="/", stdout=output, stderr=output, stdin=subprocess.DEVNULL, **who)
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"{program} failed ({done.returncode}):\n{said}")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
