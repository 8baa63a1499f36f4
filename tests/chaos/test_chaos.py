"""A short storm in every run of the suite; the long one is `python -m tests.chaos`."""

from pathlib import Path

import pytest

from tests.chaos.run import Storm, run
from tests.servers import dovecot, postgres
from tests.servers.missing import need


@pytest.mark.parametrize("postgresql", [False, True], ids=["sqlite", "postgresql"])
def test_killed_at_random_nothing_is_lost_nothing_is_twice_and_nothing_is_in_the_wrong_place(
    tmp_path: Path, postgresql: bool
) -> None:
    need("Dovecot (dovecot-imapd)", dovecot.binary())
    if postgresql:
        need("PostgreSQL (postgresql)", postgres.binaries())
    verdict = run(Storm(kills=6, messages=40, postgresql=postgresql), tmp_path)
    assert (verdict.lost, verdict.twice, verdict.wrong) == ([], [], [])
