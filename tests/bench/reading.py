"""What the worst mails cost to read: `python -m tests.bench.reading [NAME …]`.

For each of `tests.mail.hostile`: seconds, how many times longer the whole takes than half of it (2 is linear, 4 would
be quadratic), and the most memory of the process that read it. Ratios hold from machine to machine; seconds do not.
"""

import argparse
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.mail.hostile import LARGE, WORST, worst
from tipline.errors import UnreadableMessage
from tipline.mail.parse import arrival

SHORTEST = 0.02  # seconds: below, a ratio says nothing
_SMALL = b"From: a@b.c\nContent-Type: text/html\n\n<p>x</p>"  # loads what is loaded late


def seconds(raw: bytes) -> float:
    """Processor time of reading a mail; the best of two."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        with suppress(UnreadableMessage):
            arrival(raw, trusted=["mx"])
        best = min(best, time.process_time() - start)
    return best


def peak(name: str) -> int:
    """MB at most of a process that reads the mail of that name, the interpreter and the mail itself included."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.reading", "--peak", name], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def _peak_here(name: str) -> int:
    arrival(_SMALL)
    raw = worst(name)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # begin to measure the peak anew
    with suppress(UnreadableMessage):
        arrival(raw, trusted=["mx"])
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reading", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--peak", metavar="NAME", help="print the memory that this one takes here, and nothing else")
    options = parser.parse_args()
    if options.peak:
        print(_peak_here(options.peak))
        return
    arrival(_SMALL)
    print(f"{'s':>6} {'ratio':>6} {'MB':>5}")
    for name in options.names or WORST:
        half, whole = seconds(worst(name, LARGE // 2)), seconds(worst(name))
        ratio = f"{whole / half:6.1f}" if half > SHORTEST else "     -"
        print(f"{whole:6.2f} {ratio} {peak(name):5}  {name}", flush=True)


if __name__ == "__main__":
    main()
