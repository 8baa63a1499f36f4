"""Where pages are served from: the address, whether it can be had, and whether somebody answers there."""

import socket

from tipline.config import Settings
from tipline.errors import SettingsError
from tipline.mail_settings import LOOPBACK


def address(settings: Settings) -> str:
    host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    return f"{host}:{settings.web.port}"


def can_listen(settings: Settings) -> None:
    """SettingsError where the port can't be had; the server itself would say it in several lines."""
    if settings.demo and settings.web.host not in LOOPBACK:
        raise SettingsError("web.host: the demo listens on loopback only, its cookies travel in plain text")
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.web.host, settings.web.port))
        except OSError as error:
            raise SettingsError(
                f"web.port: {address(settings)} can't be had ({error.strerror}); "
                "end what listens there, or choose another port"
            ) from None


def answers(settings: Settings) -> bool:
    """Whether somebody takes connections there."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
    try:
        host = everywhere.get(settings.web.host, settings.web.host)
        socket.create_connection((host, settings.web.port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port(first: int) -> int:
    """The first port from here on that nobody listens on, on loopback."""
    for port in range(first, first + 100):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SettingsError(f"no port between {first} and {first + 99} is free; choose one with --port")
