"""What a child process of ours asks of the system when it begins.

It asks the kernel to be told when its parent dies: without that, a killed parent leaves a server on the port, or a
parser at work, that nobody watches any more.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping

PARENT = "TIPLINE_PARENT"  # the parent's process number, for the children; no setting (those have `__` in them)
# Of our environment, what a child may know that reads what strangers sent: no setting, and so no secret.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "TZ")
PR_SET_PDEATHSIG = 1  # prctl(2), Linux
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # unshare(2)
REFUSED = {  # of Python's own audit events
    "socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system",
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.remove", "os.rename", "os.kill",
}  # fmt: skip
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # mallopt(3), glibc
LARGE = 1024 * 1024  # bytes


def end_with_parent(environment: Mapping[str, str] = os.environ) -> None:
    """In a child: get SIGTERM when the parent that `run` started us from dies, however it dies."""
    if not (parent := environment.get(PARENT, "")).isdigit():
        return  # started by hand, or by systemd: nobody to follow
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(int(parent), _end), daemon=True).start()
    if os.getppid() != int(parent):  # it died before we could ask
        sys.exit(1)


def bare_environment() -> dict[str, str]:
    """The environment of a child that reads what strangers sent."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {PARENT: str(os.getpid())}


def limit_memory(size: int) -> None:
    """In a child: bytes of address space; what goes beyond is a MemoryError. And no core file, which holds secrets."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def shut_in() -> None:
    """In a child: no network, no file written, no other program; where the system lets us, by the system itself."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if unshare := getattr(system, "unshare", None):  # a network without any way out; refused in some containers
            unshare(CLONE_NEWNET) and unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_refuse)


def _refuse(event: str, _: object) -> None:
    if event in REFUSED:
        raise PermissionError(event)


def give_memory_back() -> None:
    """Let large pieces of memory (a mail, a file) go back to the system as soon as they are not needed.

    glibc else keeps what it once freed, ever more of it, and a worker that read one large mail stays large.
    """
    _tell_malloc(M_MMAP_THRESHOLD, LARGE)


def share_one_heap() -> None:
    """Let all threads of this process allocate from one heap, before the first of them begins.

    glibc else gives each a heap of its own, and what one thread freed serves no other; Python lets one work at a time.
    """
    _tell_malloc(M_ARENA_MAX, 1)


def _tell_malloc(what: int, value: int) -> None:
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):  # musl has none
        mallopt(what, value)


def _watch(parent: int, then: Callable[[], None], seconds: float = 1.0) -> None:
    """Where the kernel does not tell: look."""
    while os.getppid() == parent:
        time.sleep(seconds)
    then()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
