"""The web server: gunicorn as a library, one process with threads, so that limits kept in memory hold for all.

It writes no access log, opens no control socket, and its own messages name neither addresses nor what was asked for:
a reader's secret link is a path.
"""

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from tipline.config import Settings
from tipline.errors import TiplineError
from tipline.listening import address, can_listen

if TYPE_CHECKING:
    from flask import Flask

GRACE_SECONDS = 25  # for running requests at SIGTERM; below process.STOP_SECONDS


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn brings no types
    """gunicorn's messages without a reader's address, path, or a traceback (which prints source, and chained text)."""

    def exception(self, msg: object, *args: object, **kwargs: object) -> None:
        error = sys.exc_info()[1]
        said = f": {error}" if isinstance(error, TiplineError) else ""
        self.error("web: %s%s", type(error).__name__, said)

    def warning(self, msg: object, *args: object, **kwargs: object) -> None:
        if str(msg).startswith("Invalid request from"):
            self.error_log.info("web: a request was not HTTP")
            return
        self.error_log.warning(msg, *args, **kwargs)


class Settling:
    """Sets apart what is loaded at the start and by the first pages, and stays for good: templates, translations,
    statements. Else the garbage collector would look through all of it every minute or so, and each time somebody's
    click would wait for that, longer than for the page itself. What is in hand at that moment goes with it, so that it
    comes to an end."""

    def __init__(self, times: int = 20) -> None:
        self._left = times

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2 and self._left:
            self._left -= 1
            gc.freeze()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn around `make`, which is called in the process that serves."""

    def __init__(self, settings: Settings, make: Callable[[], "Flask"]) -> None:
        self.settings = settings
        self.make = make
        super().__init__()

    def load_config(self) -> None:
        assert isinstance(self.cfg, Config)
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        app = self.make()
        gc.collect()
        gc.freeze()
        gc.callbacks.append(Settling())
        return app


def options(settings: Settings) -> dict[str, Any]:
    """What gunicorn is told; all else stays its default."""
    return {
        "bind": [address(settings)],
        "workers": 1,
        "worker_class": "gthread",
        "threads": settings.web.threads,
        "timeout": 120,
        "graceful_timeout": GRACE_SECONDS,
        "accesslog": None,
        "loglevel": "warning",
        "logger_class": DiscreetLogger,
        "control_socket_disable": True,
        "proc_name": "tipline web",
        "forwarded_allow_ips": "",  # X-Forwarded-* is the application's business (web.proxies)
    }


def serve(settings: Settings, make: Callable[[], "Flask"]) -> None:
    """Serve until SIGTERM. Does not return: gunicorn exits the process."""
    can_listen(settings)
    Server(settings, make).run()
