"""Peaks over a mail and over files of 25 MB stay where a small machine has them: measured in the real processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import uploading
from tests.bench.memory import MB, attachment, markup, peak, text
from tests.servers.dovecot import Dovecot

MOST = 250 * MB
WEB = 120 * MB  # of the web process that has shown a page; half of it is what the libraries are, as bytecode
BY_UPLOADS = 40 * MB  # beyond what the web process takes anyway; whole they would be 50


@pytest.mark.parametrize("make", [attachment, text, markup])
def test_a_mail_of_25_mb_does_not_take_ten_times_its_size(
    dovecot: Dovecot, tmp_path: Path, make: Callable[[], bytes]
) -> None:
    _before, after = peak(dovecot, make(), tmp_path)
    assert after < MOST


def test_two_files_of_25_mb_at_once_cost_the_web_process_less_than_they_hold(tmp_path: Path) -> None:
    with uploading.newsroom(tmp_path) as (database, view):
        before, after, _ = uploading.peak(database, view, [1, 1])
    assert before < WEB
    assert after - before < BY_UPLOADS
