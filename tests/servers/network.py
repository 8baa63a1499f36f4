"""The network beyond loopback is off while tests run: a test that would reach out fails as on a machine without one."""

import errno
import socket
import sys
from ipaddress import ip_address
from typing import Any


def switch_off() -> None:
    """For good, in this process: an audit hook sees every connection and look-up that Python makes, asyncio's too."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        sock, address = arguments
        inet = sock.family in (socket.AF_INET, socket.AF_INET6)
        if inet and not _is_loopback(address[0]):
            raise OSError(errno.ENETUNREACH, f"the network is off in tests: {address[0]}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if host and not _is_known(host.decode() if isinstance(host, bytes) else host):
            raise socket.gaierror(socket.EAI_NONAME, f"the network is off in tests: {host}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_known(host: str) -> bool:
    """A name that needs no question to anybody: an address, or this machine's own."""
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
