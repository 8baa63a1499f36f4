"""What is sealed opens with its key at its place, and nowhere else."""

import base64
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from tipline import sealing
from tipline.errors import Refused, SealBroken, SettingsError
from tipline.sealing import Master
from tipline.storage import LocalFiles

KEY = bytes(range(32))


def test_a_sealed_value_opens_only_at_its_place_and_unchanged() -> None:
    key, _ = Master(KEY).new_key(7)
    sealed = sealing.seal(key, b"Mei Chen", "reader:1:name")
    assert sealing.unseal(key, sealed, "reader:1:name") == b"Mei Chen"
    for bytes_, place in (
        (sealed, "reader:2:name"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), "reader:1:name"),
        (sealed[:20], "reader:1:name"),
    ):
        with pytest.raises(SealBroken):
            sealing.unseal(key, bytes_, place)


def test_a_data_key_opens_only_under_its_master_and_id() -> None:
    key, wrapped = Master(KEY).new_key(7)
    assert Master(KEY).unwrap(7, wrapped) == key
    for master, key_id in ((Master(bytes(32)), 7), (Master(KEY), 8)):
        with pytest.raises(SealBroken):
            master.unwrap(key_id, wrapped)


def test_the_same_value_seals_differently_each_time() -> None:
    key, _ = Master(KEY).new_key(7)
    assert sealing.seal(key, b"x", "a:1:b") != sealing.seal(key, b"x", "a:1:b")


def test_look_up_hashes_are_keyed_and_apart_for_each_kind() -> None:
    master = Master(KEY)
    assert master.lookup_hash("email", "a@b") == master.lookup_hash("email", "a@b")
    assert (
        len(
            {
                master.lookup_hash("email", "a"),
                master.lookup_hash("code", "a"),
                Master(bytes(32)).lookup_hash("email", "a"),
            }
        )
        == 3
    )


def test_ids_grow_and_do_not_repeat() -> None:
    ids = [sealing.new_id() for _ in range(100_000)]
    assert all(one < other for one, other in pairwise(ids))
    assert max(ids) < 1 << 63


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "tipline.key"
    sealing.make_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealing.read_key(path.read_text())
    with pytest.raises(FileExistsError):
        sealing.make_key_file(path)


@pytest.mark.parametrize("text", ["", "short", "not base64!", base64.b64encode(bytes(31)).decode()])
def test_a_bad_key_is_told_as_one(text: str) -> None:
    with pytest.raises(SettingsError, match="secrets"):
        sealing.read_key(text)


def test_stored_files_have_random_names_and_come_back(tmp_path: Path) -> None:
    store = LocalFiles(tmp_path)
    name = store.put(b"content")
    assert store.get(name) == b"content"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [name]
    store.remove(name)
    store.remove(name)
    for bad in (name, "../../etc/passwd", "", "A" * 32):
        with pytest.raises(FileNotFoundError):
            store.get(bad)


def test_nothing_is_stored_when_the_disk_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    with pytest.raises(Refused, match="disk"):
        LocalFiles(tmp_path).put(b"x")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
