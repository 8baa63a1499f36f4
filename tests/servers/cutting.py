"""A TCP proxy that fails on the way: it cuts the line, falls silent, or lets bytes through one by one."""

import contextlib
import socket
import threading
import time
from typing import Self

from tests.servers import ports


class Cutting:
    """`with Cutting(port) as proxy:` passes connections on to a port of this machine.

    What the server says is counted over all connections. `cut_after` so many bytes the connection in hand is closed,
    once. While `cut_up_after` is set, each is closed on which the client says more than that; while `cut_answers` is,
    each on which the server answers: browsers try a post again by themselves, once. `silent_after` so many bytes it
    passes nothing on any more, while both ends stay open; `pause` waits so many seconds after each byte from then on.
    """

    def __init__(
        self, port: int, *, cut_after: int | None = None, silent_after: int | None = None, pause: float = 0
    ) -> None:
        self._to = port
        self.cut_after = cut_after
        self.cut_up_after: int | None = None
        self.cut_answers = False
        self.silent_after = silent_after
        self.pause = pause
        self._passed = 0
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server((ports.LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @property
    def cuts(self) -> bool:
        """Whether the line is still to be cut."""
        return self.cut_after is not None

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the test is over
            self.connections += 1
            server = socket.create_connection((ports.LOOPBACK, self._to))
            self._open += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            said = 0
            while data := client.recv(65536):
                said += len(data) if self.cut_up_after is not None else 0
                if self.cut_up_after is not None and said > self.cut_up_after:
                    self._cut(client, server)
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError), client, server:
            while data := server.recv(1 if self.pause else 4096):
                if self.cut_answers:
                    self._cut(client, server)
                    return
                if self.silent_after is not None and self._passed + len(data) > self.silent_after:
                    self._over.wait(60)
                    return
                if self.cut_after is not None and self._passed + len(data) > self.cut_after:
                    client.sendall(data[: max(0, self.cut_after - self._passed)])
                    self.cut_after = None
                    self._cut(client, server)
                    return
                self._passed += len(data)
                client.sendall(data)
                time.sleep(self.pause)
            client.shutdown(socket.SHUT_WR)

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:  # closing alone says nothing while the other thread reads
            end.shutdown(socket.SHUT_RDWR)
