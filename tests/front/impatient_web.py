"""The real web process with short deadlines and a low cap, so that tests of them are quick."""

from pathlib import Path
from typing import Any

from tests import killed_web
from tipline.front import bridge, connections, intake

HEAD, GRACE, LAST, QUEUE = 2.0, 5.0, 1.0, 1.0
MOST = 25


def main(path: Path, **told: Any) -> None:
    connections.HEAD_SECONDS = HEAD  # type: ignore[misc]
    intake.GRACE_SECONDS, intake.MAX_BODIES = GRACE, 2 * MOST  # type: ignore[misc]
    intake.MIN_BYTES_PER_SECOND = 1_000_000  # type: ignore[misc]
    intake.MAX_BODIES_PER_NETWORK = MOST  # type: ignore[misc]
    intake.QUEUE_SECONDS = QUEUE  # type: ignore[misc]
    bridge.LAST_SECONDS = LAST  # type: ignore[misc]
    killed_web.main(path, **told)
