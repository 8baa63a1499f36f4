"""Joins the event loop to the WSGI application: read a request whole, run it in a thread, send its answer.

A body that is cut (the client went away, is too slow, or sends more than the limit) goes to the application with what
came of it and the length that it was announced with: the words of a form are filed although a file is not whole.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tipline.config import Settings
from tipline.errors import Refused
from tipline.front import intake, refusals
from tipline.front.bodies import BufferedBytes, RequestBody
from tipline.front.connections import SEND_SECONDS
from tipline.front.wsgi import Application, WsgiResponse, environ, path_of
from tipline.storage import LocalFiles

MAX_ADDRESS_BYTES = 8190  # bytes
LAST_SECONDS = 12.0  # for bodies that still arrive when the server is told to end
log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Announced:
    """What a request's head says of its body: `length` in bytes, -1 where it comes in chunks."""

    length: int
    is_wrong: bool

    @classmethod
    def of(cls, headers: intake.Headers) -> "Announced":
        named = dict(headers)
        chunked = b"transfer-encoding" in named
        return cls(-1 if chunked else int(named.get(b"content-length", b"0")), chunked and b"content-length" in named)


class Bridge:
    """The ASGI application."""

    def __init__(self, settings: Settings, app: Application) -> None:
        self._app, self._proxies = app, settings.web.proxies
        self._most = intake.most_of_a_body(settings.limits.files_mb)
        self._store = LocalFiles(settings.data.folder / "files")
        threads = settings.web.threads
        self._pool = ThreadPoolExecutor(threads, "web")
        self._disk = ThreadPoolExecutor(2, "bodies")
        self._large = asyncio.Semaphore(max(1, threads // 2))  # large bodies leave threads for pages
        self._bodies, self._held, self._waiting = intake.Bodies(), BufferedBytes(), 0
        self._deadlines: set[asyncio.Timeout] = set()
        self._ends_at = float("inf")

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        path, announced = path_of(scope["raw_path"]), Announced.of(scope["headers"])
        if path is None or announced.is_wrong:
            await self._refuse(scope, send, 400, close=announced.is_wrong)
        elif len(path) + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            await self._refuse(scope, send, 414)
        elif not announced.length:
            await self._run(scope, path, RequestBody(self._store, self._held, self._disk), 0, send)
        else:
            await self._take(scope, path, announced, receive, send)

    def end(self) -> None:
        """The server ends: what still arrives has a few seconds more, and is then handed over as it is."""
        self._ends_at = asyncio.get_running_loop().time() + LAST_SECONDS
        for deadline in self._deadlines:
            when = deadline.when()
            with contextlib.suppress(RuntimeError):  # it passes at this very moment
                deadline.reschedule(self._ends_at if when is None else min(when, self._ends_at))

    async def _take(self, scope: Any, path: bytes, announced: Announced, receive: Receive, send: Send) -> None:
        address = intake.client(scope["headers"], scope["client"][0] if scope["client"] else "", self._proxies)
        body = RequestBody(self._store, self._held, self._disk)
        try:
            async with self._bodies.one_more(address) as refused:
                if not refused and self._held.in_all + max(announced.length, 0) > intake.MAX_BUFFERED_BYTES:
                    refused = 503
                if not refused:
                    whole = await self._read(body, announced, receive)
            if refused:
                await self._refuse(scope, send, refused)
            elif whole:
                await self._run(scope, path, body, body.size, send)
            elif body.size and scope["method"] == "POST":
                await self._run(scope, path, body, max(announced.length, body.size + 1), send)
            else:
                await self._refuse(scope, send, 408)
        finally:
            body.close()

    async def _read(self, body: RequestBody, announced: Announced, receive: Receive) -> bool:
        """Whether all of it came."""
        loop = asyncio.get_running_loop()
        began, last = loop.time(), intake.longest(self._most if announced.length < 0 else announced.length)
        kept, over = True, 0.0  # since when more comes than the limit
        while True:
            until = began + (min(last, intake.slowest(body.size)) if not over else over + intake.DRAIN)
            message = await self._next(receive, min(until, self._ends_at))
            if message is None or message["type"] == "http.disconnect":
                return False
            piece = message["body"]
            if kept and body.size + len(piece) > self._most:
                kept, over = False, loop.time() - began
            if kept:
                try:
                    await body.add(piece)
                except (Refused, OSError):  # the disk is full: what is there is handed over, the rest is dropped
                    kept, over = False, loop.time() - began
            if not message.get("more_body"):
                return kept

    async def _next(self, receive: Receive, until: float) -> Any:
        """What comes next, or None where it comes too late."""
        try:
            async with asyncio.timeout_at(until) as deadline:
                self._deadlines.add(deadline)
                try:
                    return await receive()
                finally:
                    self._deadlines.discard(deadline)
        except TimeoutError:
            return None

    async def _run(self, scope: Any, path: bytes, body: RequestBody, length: int, send: Send) -> None:
        if self._waiting >= intake.MAX_WAITING:
            await self._refuse(scope, send, 503)
            return
        self._waiting += 1
        try:
            large = self._large if body.is_large else contextlib.nullcontext()
            async with large:
                answer = WsgiResponse(self._app, environ(scope, path, await body.end(), length))
                first = await self._in_pool(answer.begin)
        except Exception as error:  # noqa: BLE001  the application's own errors are pages: this is ours, or the disk's
            log.error("web: %s", type(error).__name__)
            await self._refuse(scope, send, 500)
            return
        finally:
            self._waiting -= 1
        await self._send(scope, answer, first, send)

    async def _in_pool(self, step: Callable[[], bytes]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, step)

    async def _send(self, scope: Any, answer: WsgiResponse, piece: bytes, send: Send) -> None:
        """The next bytes are asked for only when the client has taken those before: they lie nowhere meanwhile."""
        try:
            async with asyncio.timeout(SEND_SECONDS) as deadline:
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                while True:
                    over = answer.over
                    await send({"type": "http.response.body", "body": piece, "more_body": not over})
                    if over or scope["state"]["connection"].cycle.disconnected:
                        return
                    piece = await self._in_pool(answer.more)
                    deadline.reschedule(asyncio.get_running_loop().time() + SEND_SECONDS)
        except TimeoutError:
            scope["state"]["connection"].abort()
        finally:
            if not answer.over:
                await asyncio.get_running_loop().run_in_executor(self._pool, answer.close)

    async def _refuse(self, scope: Any, send: Send, status: int, close: bool = False) -> None:
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        headers, content = refusals.page(status, accepted)
        if close:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})
