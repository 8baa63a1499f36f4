"""An IMAP server that says what a test tells it to: only for faults that the real one can't be made to have."""

import socket
import threading
import time
from typing import Self

from tests.servers import ports

USUAL = {
    "EXAMINE": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid",
    "LOGOUT": "* BYE bye",
    "SEARCH": "* SEARCH 5",
}


class Scripted:
    """`with Scripted(FETCH="* 1 FETCH (…)") as server:` answers each command by name with these untagged lines.

    An answer that begins with NO or BAD is the tagged one. `closes_after` hangs up after that command's untagged
    answer; `pause` waits so many seconds after each byte of a scripted answer.
    """

    def __init__(
        self,
        *,
        capabilities: str = "IMAP4rev1 AUTH=PLAIN",
        closes_after: str = "",
        pause: float = 0,
        **answers: str,
    ) -> None:
        self._answers = USUAL | {"CAPABILITY": f"* CAPABILITY {capabilities}"} | answers
        self._scripted = set(answers)
        self._closes_after = closes_after
        self._pause = pause
        self._listener = socket.create_server((ports.LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.heard = ""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # the test is over
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"* OK scripted\r\n")
                for line in lines:
                    if not self._answer(connection, line.decode("latin-1")):
                        return
        except OSError:
            return  # the client hung up

    def _answer(self, connection: socket.socket, line: str) -> bool:
        self.heard += line
        tag, _, rest = line.strip().partition(" ")
        words = rest.upper().split()
        name = words[1] if words[0] == "UID" else words[0]
        answer = self._answers.get(name, "")
        tagged = "OK done"
        if answer.startswith(("NO", "BAD")):
            answer, tagged = "", answer
        if answer:
            self._say(connection, answer.encode("latin-1"), slowly=name in self._scripted)
            if name == self._closes_after:
                return False
            connection.sendall(b"\r\n")
        connection.sendall(f"{tag} {tagged}\r\n".encode())
        return name != "LOGOUT"

    def _say(self, connection: socket.socket, answer: bytes, *, slowly: bool) -> None:
        if not (slowly and self._pause):
            connection.sendall(answer)
            return
        for number in range(len(answer)):
            connection.sendall(answer[number : number + 1])
            time.sleep(self._pause)
