"""Loopback ports: one that is free, and waiting until somebody listens on it."""

import itertools
import os
import random
import re
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.forks import Fork

LOOPBACK = "127.0.0.1"
# Below those that the system gives to whoever connects somewhere (from 32768 on), and a piece for each of the processes
# that test beside each other: of two that found the same port, one would talk to the other's server.
FIRST, PIECE, PIECES = 20_000, 1_500, 8


def _mine() -> range:
    found = re.search("[0-9]+", os.environ.get("PYTEST_XDIST_WORKER", ""))
    piece = (int(found[0]) if found else os.getpid()) % PIECES
    return range(FIRST + piece * PIECE, FIRST + (piece + 1) * PIECE)


_ports = itertools.cycle(random.sample(_mine(), PIECE))


def free() -> int:
    """A port nobody listens on now. Another program may take it first: start the server at once."""
    for port in itertools.islice(_ports, PIECE):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"all ports of {_mine()} are taken")


def wait(process: "subprocess.Popen[bytes] | Fork", port: int, seconds: float = 30) -> bool:
    """True as soon as the port takes connections, False when the process has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process.poll() is None
    return False
