"""A worker's peak over one mail of 25 MB stays where a small machine has it: measured in the real process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.memory import MB, attachment, markup, peak, text
from tests.servers.dovecot import Dovecot

MOST = 250 * MB


@pytest.mark.parametrize("make", [attachment, text, markup])
def test_a_mail_of_25_mb_does_not_take_ten_times_its_size(
    dovecot: Dovecot, tmp_path: Path, make: Callable[[], bytes]
) -> None:
    _before, after = peak(dovecot, make(), tmp_path)
    assert after < MOST
