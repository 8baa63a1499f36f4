"""Photos drawn anew by processes of their own (drawing.py): whatever a picture does to its reader, we go on."""

import atexit

from tipline.sandbox import Several
from tipline.sealing.chunks import Readable

MODULE = "tipline.sandbox.drawing"
SECONDS = 10.0  # for one picture


# Two, so that one picture which takes its time does not stop all others; the second is started where it is needed.
_painters = Several(MODULE, SECONDS, 2)
atexit.register(_painters.close)


def draw(content: Readable, kind: str) -> bytes | None:
    """A picture drawn anew by one of the processes that this one shares."""
    return _painters.ask(content, kind) or None
