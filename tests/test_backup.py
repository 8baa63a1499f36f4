"""The operator's manual's commands for a backup and a restore, run as they stand there."""

import re
import shutil
import subprocess
from pathlib import Path

from click.testing import CliRunner

from tests.servers.missing import need
from tipline import cli, doctor
from tipline.config import load
from tipline.core import intake
from tipline.core.arrival import Arrival, Source
from tipline.db import now
from tipline.resources import open_database

MANUAL = (Path(__file__).parents[1] / ".github/OPERATING.md").read_text(encoding="utf-8")
NOT_HERE = ("systemctl", "chown", "sudo")  # what needs a service, or another user


def commands(first: str, folder: Path, backup: Path) -> str:
    """The block of the manual that begins with this line, for other folders."""
    block = MANUAL[MANUAL.index(f"    {first}\n") :].split("\n\n")[0]
    lines = [line.strip() for line in block.splitlines() if not line.strip().startswith(NOT_HERE)]
    text = "\n".join(lines).replace("/srv/tipline", str(folder)).replace("/backup", str(backup))
    return re.sub(r"tipline-(\d{4}-\d\d-\d\d|\$\(date \+%F\))", "tipline-copy", text)


def run(script: str) -> None:
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_a_fresh_newsroom_is_backed_up_and_restored_by_the_manuals_commands(tmp_path: Path) -> None:
    need("the sqlite3 command (sqlite3)", shutil.which("sqlite3"))
    folder, backup = tmp_path / "newsroom", tmp_path / "backup"
    folder.mkdir()
    config = folder / "config.toml"
    assert CliRunner().invoke(cli.main, ["--config", str(config), "init", "--defaults"]).exit_code == 0
    run(commands("umask 077 && cd /srv/tipline", folder, backup))
    copies = [path for path in backup.rglob("*") if path.is_file()]
    assert {path.name for path in copies} == {"tipline.db", "erased.txt", "config.toml"}, "and never the key"
    assert all(path.stat().st_mode & 0o077 == 0 for path in copies)

    database = open_database(load(config, {}))
    with database.writing() as session:
        intake.receive(session, Arrival(source=Source.FORM, received_at=now(), text="Since the backup"))
        session.commit()
    database.engine.dispose()
    assert findings(config)["counts"].said == "1 tips"
    run(commands("systemctl stop tipline", folder, backup))
    found = findings(config)
    assert found["counts"].said == "0 tips"
    assert {part for part, finding in found.items() if not finding.well} <= {"translations"}


def findings(config: Path) -> dict[str, doctor.Finding]:
    return {finding.part: finding for finding in doctor.examine(config, {})}
