"""Loopback ports: one that is free, and waiting until somebody listens on it."""

import socket
import subprocess
import time

LOOPBACK = "127.0.0.1"


def free() -> int:
    """A port nobody listens on now. Another program may take it first: start the server at once."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def wait(process: subprocess.Popen[bytes], port: int, seconds: float = 30) -> bool:
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
