"""The WSGI side (PEP 3333): a request as the application wants it, and its answer piece by piece."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from tipline.front.bodies import BodyStream
from tipline.sealing.chunks import Readable

BATCH = 64 * 1024  # bytes of an answer that are taken at once

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def path_of(target: bytes) -> bytes | None:
    """The path of a request's target, still quoted; None where it names none (`*`, or a host to connect to)."""
    if target.startswith(b"/"):
        return target
    if target.lower().startswith((b"http://", b"https://")):
        return urlsplit(target).path or b"/"
    return None


def environ(scope: Any, path: bytes, content: Readable, length: int) -> dict[str, Any]:
    """`length`: what the body was announced with; more than came where it was cut."""
    host, port = scope["server"] or ("", None)
    made: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "RAW_URI": scope["raw_path"].decode("latin-1"),
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BufferedReader(BodyStream(content)),
        "wsgi.input_terminated": False,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add(made, name.decode("latin-1"), value.decode("latin-1"))
    return made


def _add(made: dict[str, Any], name: str, value: str) -> None:
    # An underscore would read as a hyphen: anybody could then write what only a proxy may (X_Forwarded_For).
    if "_" in name or name in ("content-length", "transfer-encoding"):
        return
    key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
    between = "; " if name == "cookie" else ","
    made[key] = f"{made[key]}{between}{value}" if key in made else value


class WsgiResponse:
    """What the application answers. Its methods run in the pool, one at a time."""

    def __init__(self, app: Application, environ: dict[str, Any]) -> None:
        self._app, self._environ = app, environ
        self._found: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.over = False

    def begin(self) -> bytes:
        """Run the application as far as its first bytes, and return them."""
        try:
            self._found = self._app(self._environ, self._start)
            self._pieces = iter(self._found)
        except BaseException:
            self.close()
            raise
        return self.more()

    def more(self) -> bytes:
        """The next bytes; `over` is set with the last ones."""
        batch = bytearray()
        try:
            for piece in self._pieces:
                batch += piece
                if len(batch) >= BATCH:
                    return bytes(batch)
        except BaseException:
            self.close()
            raise
        self.close()
        return bytes(batch)

    def close(self) -> None:
        if not self.over:
            self.over = True
            if close := getattr(self._found, "close", None):
                close()
            self._environ["wsgi.input"].close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.split(None, 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _write


def _write(_: bytes) -> None:
    raise NotImplementedError("the application returns its answer; nothing here writes it")
