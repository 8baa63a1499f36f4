"""Segments: what was put into one is there whatever happens to its writers, and gone for good once it is taken out."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tipline.errors import Refused
from tipline.sealing import WRAPPED
from tipline.spool import segments as module
from tipline.spool.segments import Segments

KEY = b"k" * WRAPPED
WRITER = """
import sys, pathlib
from tipline.spool.segments import Segments
segments = Segments(pathlib.Path(sys.argv[1]))
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    segments.put(f"{n:064x}", b"k" * 60, str(n).encode())
    print(n, flush=True)
"""


@pytest.fixture
def segments(tmp_path: Path) -> Segments:
    return Segments(tmp_path / "spool")


def name_of(n: int) -> str:
    return f"{n:064x}"


def put(segments: Segments, *numbers: int) -> None:
    for n in numbers:
        segments.put(name_of(n), KEY, f"sealed {n}".encode())


def numbers_in(segments: Segments) -> list[int]:
    return [int(record.name, 16) for record in segments.records()]


def seen_by_another(segments: Segments) -> Segments:
    """As another process sees them."""
    return Segments(segments._folder)


def files(segments: Segments) -> list[str]:
    return sorted(path.suffix for path in segments._folder.iterdir())


def in_threads(work: "list[threading.Thread]") -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(30)


@contextmanager
def fsyncs(monkeypatch: pytest.MonkeyPatch, seconds: float = 0) -> Iterator[list[float]]:
    done: list[float] = []
    real = os.fsync

    def slow(fd: int) -> None:
        time.sleep(seconds)
        real(fd)
        done.append(time.monotonic())

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", slow)
        yield done


def test_what_was_put_is_found_by_all_in_the_order_in_which_it_came(segments: Segments) -> None:
    put(segments, 3, 1, 2)
    for each in (segments, seen_by_another(segments)):
        assert numbers_in(each) == [3, 1, 2]
        [record] = each.find(name_of(1))
        assert each.read(record) == (KEY, b"sealed 1") and each.find(name_of(4)) == []
    assert files(segments) == [".segment"]


def test_nobody_else_on_the_machine_may_read_it(segments: Segments) -> None:
    put(segments, 1)
    [path] = segments._folder.iterdir()
    assert path.stat().st_mode & 0o77 == 0 and segments._folder.stat().st_mode & 0o77 == 0


def test_it_is_durable_before_it_is_said_to_be(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    real = os.fsync

    def synced(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").resolve()
        done.append(f"{path.name} {path.stat().st_size}" if path.is_file() else path.name)
        real(fd)

    monkeypatch.setattr("os.fsync", synced)
    put(segments, 1)
    [path] = segments._folder.iterdir()
    whole = path.stat().st_size
    assert done == [segments._folder.parent.name, f"{path.name} {whole}", "spool"], "the folder's names, too"
    put(segments, 2)
    assert done[3:] == [f"{path.name} {2 * whole}"]


def test_those_who_wait_at_the_same_moment_share_one_fsync(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    put(segments, 100)
    with fsyncs(monkeypatch, 0.1) as done:
        in_threads([threading.Thread(target=put, args=(segments, n)) for n in range(16)])
    assert sorted(numbers_in(segments)) == [*range(16), 100] and len(done) <= 4


def test_each_who_waits_hears_of_a_disk_that_does_not_take_it_and_the_next_one_does_not_pay_for_it(
    segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(segments, 100)
    refused: list[int] = []

    def half(fd: int, part: bytes) -> None:
        os.write(fd, part[:70])
        time.sleep(0.1)
        raise OSError

    def try_to(n: int) -> None:
        try:
            put(segments, n)
        except OSError:
            refused.append(n)

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_all", half)
        in_threads([threading.Thread(target=try_to, args=(n,)) for n in range(8)])
    assert sorted(refused) == list(range(8))
    put(segments, 101)
    assert numbers_in(segments) == numbers_in(seen_by_another(segments)) == [100, 101]


def test_a_nearly_full_disk_refuses_and_leaves_no_file(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    for _ in range(3):
        with pytest.raises(Refused):
            put(segments, 1)
    assert files(segments) == []


def test_what_is_taken_out_is_gone_for_all_and_its_key_with_it(segments: Segments) -> None:
    put(segments, 1, 2)
    other = seen_by_another(segments)
    [record] = other.find(name_of(1))
    segments.take_out(record)
    assert numbers_in(segments) == [2] and not other.has(record)
    with pytest.raises(FileNotFoundError):
        other.read(record)
    assert numbers_in(other) == numbers_in(seen_by_another(segments)) == [2]
    assert b"".join(path.read_bytes() for path in segments._folder.iterdir()).count(KEY) == 1


def test_settled_it_stays_gone_after_a_power_cut(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    put(segments, 1)
    [record] = segments.records()
    segments.take_out(record)
    with fsyncs(monkeypatch) as done:
        segments.settle()
    assert len(done) == 2, "the segment and the folder"


def test_the_same_name_put_twice_is_there_twice(segments: Segments) -> None:
    put(segments, 1, 1)
    first, second = segments.find(name_of(1))
    segments.take_out(first)
    assert segments.find(name_of(1)) == [second]


def test_a_segment_goes_when_nothing_is_left_in_it_and_its_writer_begins_another(segments: Segments) -> None:
    put(segments, 1, 2)
    worker = seen_by_another(segments)
    first, second = worker.records()
    worker.take_out(first)
    worker.tidy()
    assert files(worker) == [".segment"]
    worker.take_out(second)
    worker.tidy()
    assert files(worker) == []
    put(segments, 3)
    assert numbers_in(worker) == [3]


def test_a_full_one_is_followed_by_another(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FULL", 150)
    put(segments, 1, 2, 3)
    assert files(segments) == [".segment", ".segment"] and numbers_in(segments) == [1, 2, 3]


def test_cut_anywhere_the_records_before_are_there_and_the_rest_is_put_aside(segments: Segments) -> None:
    put(segments, 1, 2)
    [path] = segments._folder.iterdir()
    whole, second = path.read_bytes(), segments.records()[1]
    begins = second.at - module.START
    for end in range(begins, len(whole)):
        for rest in (whole[begins:end], bytes(end - begins)):  # some file systems leave zeros
            path.write_bytes(whole[:begins] + rest)
            after = seen_by_another(segments)
            [record] = after.records()
            assert record.name == name_of(1)
            after.take_out(record)
            after.tidy()
            assert files(after) == ([".part"] if rest else [])
            for left in segments._folder.iterdir():
                left.unlink()


def test_what_is_no_record_is_kept_as_damaged_and_nothing_is_added_behind_it(segments: Segments) -> None:
    put(segments, 1, 2)
    [path] = segments._folder.iterdir()
    first, second = segments.records()
    whole = bytearray(path.read_bytes())
    whole[second.at - module.START] ^= 1
    path.write_bytes(whole)
    after = seen_by_another(segments)
    assert numbers_in(after) == [1]
    after.take_out(first)
    after.tidy()
    assert files(after) == [".damaged"]
    put(segments, 3)
    assert numbers_in(seen_by_another(segments)) == [3] and files(after) == [".damaged", ".segment"]


def test_several_processes_write_while_one_takes_out_and_removes_and_one_is_killed(segments: Segments) -> None:
    each, endless = 3000, 1 << 40
    spans = ((0, endless), (endless, endless + each), (2 * endless, 2 * endless + each))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(segments._folder), str(start), str(end)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for start, end in spans
    ]
    confirmed: list[list[int]] = [[] for _ in spans]

    def listen(at: int) -> None:
        with processes[at] as process:
            assert process.stdout is not None
            for line in process.stdout:
                confirmed[at].append(int(line))

    listeners = [threading.Thread(target=listen, args=(at,)) for at in range(len(spans))]
    for thread in listeners:
        thread.start()
    taken: list[int] = []

    def take_all() -> None:
        for record in segments.records():
            assert segments.read(record)[1] == str(int(record.name, 16)).encode()
            segments.take_out(record)
            taken.append(int(record.name, 16))
        segments.tidy()

    while any(process.poll() is None for process in processes):
        take_all()
        if len(confirmed[0]) > each // 3:
            processes[0].kill()
    for thread in listeners:
        thread.join()
    take_all()
    assert len(taken) == len(set(taken)) and set(taken) >= {n for told in confirmed for n in told}
    assert len(confirmed[1]) == len(confirmed[2]) == each
    assert set(files(segments)) <= {".part"}
