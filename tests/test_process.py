"""`tipline run`: web and worker live and end together, and one that dies is started again."""

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from tests.servers import ports
from tests.servers.processes import Tipline
from tipline import bind_address, child_process, server, supervisor
from tipline.config import Settings, load
from tipline.errors import SettingsError
from tipline.sealing import make_key_file
from tipline.supervisor import Child, Family

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)",
]


@pytest.fixture
def port() -> int:
    return ports.free()


@pytest.fixture
def config(tmp_path: Path, port: int) -> Path:
    """A newsroom with an empty Maildir on a free port."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mails" / name).mkdir(parents=True)
    file = tmp_path / "config.toml"
    file.write_text(
        f'[web]\nport = {port}\n[mailbox.tips]\nkind = "maildir"\npath = "mails"\npoll_seconds = 0.5\n', "utf-8"
    )
    make_key_file(load(file, {}).secrets.key_file)
    return file


def until(true: Callable[[], bool], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    """Running, not a zombie that nobody collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def below(pid: int) -> set[int]:
    """All descendants of a process."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                found |= {int(entry.name)} | below(int(entry.name))
    return found


def command(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


def listens(port: int) -> bool:
    try:
        socket.create_connection((ports.LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def test_sigterm_ends_both_cleanly(config: Path, port: int) -> None:
    with Tipline("--config", str(config), "run", port=port) as running:
        assert until(lambda: "worker started" in running.output), running.output
        assert until(lambda: len(below(running.process.pid)) == 2)  # web and worker
        children = below(running.process.pid)
        assert running.output.count("migrated to 0001") == 1  # by the parent alone
        began = time.monotonic()
        assert running.stop() == 0, running.output
        assert time.monotonic() - began < 30
        assert "worker ended" in running.output
        assert "killed" not in running.output
    assert not any(alive(pid) for pid in children)
    assert not listens(port)


def test_killing_the_parent_ends_the_children(config: Path, port: int) -> None:
    with Tipline("--config", str(config), "run", port=port) as running:
        assert until(lambda: "worker started" in running.output), running.output
        children = below(running.process.pid)
        running.kill()
        assert until(lambda: not any(alive(pid) for pid in children)), "children outlived their parent"
    assert not listens(port)


def test_a_worker_that_dies_is_started_again(config: Path, port: int) -> None:
    with Tipline("--config", str(config), "run", port=port) as running:
        assert until(lambda: "worker started" in running.output)
        (worker,) = (pid for pid in below(running.process.pid) if command(pid)[-1] == "worker")
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: running.output.count("worker started") == 2), running.output
        assert "worker ended (exit -9)" in running.output
        assert running.stop() == 0


def test_a_port_that_is_taken_is_one_sentence(config: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind((ports.LOOPBACK, port))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "tipline.cli", "--config", str(config), "run"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"web.port: 127.0.0.1:{port} can't be had" in done.stderr
    assert "Traceback" not in done.stderr


def test_web_and_worker_run_apart(config: Path, port: int) -> None:
    with (
        Tipline("--config", str(config), "web", port=port) as web,
        Tipline("--config", str(config), "worker") as worker,
    ):
        assert until(lambda: "worker started" in worker.output)
        assert web.stop() == 0
        assert worker.stop() == 0


def test_a_child_that_does_not_end_in_time_is_killed() -> None:
    child = Child("web", STUBBORN, os.environ)
    child.process = subprocess.Popen(STUBBORN, stdout=subprocess.PIPE)
    assert child.process.stdout is not None
    with child.process.stdout as out:
        out.readline()
        assert Family([child]).end(seconds=0.5) == ["web"]
    assert child.process.returncode == -signal.SIGKILL


def test_pauses_between_restarts_grow_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: clock[0])
    started: list[float] = []

    class Dying(Child):
        def start(self) -> None:
            started.append(clock[0])
            self.process = subprocess.Popen(["false"])
            self.process.wait()
            self.started_at = clock[0]

    child = Dying("worker", [], {})
    while clock[0] < 400:
        child.look()
        clock[0] += 0.5
    pauses = [b - a for a, b in pairwise(started)]
    assert pauses[:6] == pytest.approx([1, 2, 4, 8, 16, 32], abs=1.1)
    assert max(pauses) <= supervisor.LONGEST_PAUSE + 1.1


def test_a_child_that_lived_long_starts_again_soon() -> None:
    child = Child("web", SLEEPER, os.environ, pause=32.0)
    child.process = subprocess.Popen(["true"])
    child.process.wait()
    child.started_at = time.monotonic() - supervisor.STEADY_SECONDS - 1
    child.look()
    assert child.start_again_at - time.monotonic() <= supervisor.FIRST_PAUSE


def test_a_child_started_by_hand_follows_nobody() -> None:
    child_process.end_with_parent({})
    child_process.end_with_parent({child_process.PARENT: "not a number"})


def test_a_child_whose_parent_is_gone_already_ends_at_once() -> None:
    code = "from tipline import child; child.end_with_parent({'TIPLINE_PARENT': '1'}); print('went on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "went on" not in done.stdout


def test_where_the_kernel_does_not_tell_the_child_looks() -> None:
    called: list[bool] = []
    child_process._watch(-1, lambda: called.append(True), seconds=0.01)
    assert called


def test_the_server_writes_no_access_log_and_believes_no_forwarded_headers() -> None:
    options = server.options(Settings())
    assert options["access_log"] is False
    assert options["proxy_headers"] is False


def test_the_collector_does_not_look_through_what_was_loaded_at_the_start() -> None:
    served = server.WebServer(Settings(), lambda: Flask("tipline"))
    try:
        served.load()
        assert gc.get_freeze_count() > 10_000
        later = [[n] for n in range(1000)]
        before = gc.get_freeze_count()
        gc.collect()
        assert gc.get_freeze_count() >= before + len(later)  # what the first pages load, too
    finally:
        gc.callbacks[:] = [one for one in gc.callbacks if not isinstance(one, server.Settling)]
        gc.unfreeze()


def test_only_what_is_loaded_in_the_beginning_is_set_apart() -> None:
    settling = server.Settling(times=1)
    try:
        settling("stop", {"generation": 2})
        before = gc.get_freeze_count()
        later = [[n] for n in range(1000)]
        settling("stop", {"generation": 2})
        assert gc.get_freeze_count() < before + len(later)  # others end meanwhile
    finally:
        gc.unfreeze()


def test_the_demo_never_listens_beyond_loopback() -> None:
    settings = Settings.model_validate({"demo": True, "web": {"host": "0.0.0.0"}})
    with pytest.raises(SettingsError, match="loopback only"):
        bind_address.can_listen(settings)


def test_a_request_that_is_no_http_is_logged_without_its_address(config: Path, port: int) -> None:
    with Tipline("--config", str(config), "web", port=port) as web:
        with socket.create_connection((ports.LOOPBACK, port), timeout=10) as broken:
            broken.sendall(b"GET /r/secret-token HTTP/9.9\r\n\r\n")
            broken.recv(1000)
        assert web.stop() == 0
        assert "secret-token" not in web.output
        assert ports.LOOPBACK not in web.output


def test_the_web_process_loads_nothing_that_few_of_its_pages_need() -> None:
    rare = {"zxcvbn", "xlsxwriter", "segno", "selectolax", "alembic", "PIL", "pypdf", "imapclient"}
    code = f"import sys, tipline.web; print(sorted({rare!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_those_that_only_watch_others_load_neither_pages_nor_the_database() -> None:
    code = "import sys, tipline.cli.run, tipline.cli.web; print({'sqlalchemy', 'flask'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_database_is_made_ready_by_a_process_itself_or_by_its_parent() -> None:
    found = [supervisor.is_prepared({supervisor.PREPARED: str(by)}) for by in (os.getpid(), os.getppid(), -1, "")]
    assert found == [True, True, False, False]
    assert not supervisor.is_prepared({})
