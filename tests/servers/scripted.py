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
READS_ONLY = ("LOGIN", "CAPABILITY", "EXAMINE", "SEARCH", "FETCH", "NOOP", "IDLE", "DONE", "LOGOUT", "ID", "NAMESPACE")


class Scripted:
    """`with Scripted(FETCH="* 1 FETCH (…)") as server:` answers each command by name with these untagged lines.

    An answer that begins with NO or BAD is the tagged one; what stands behind a NUL is the tagged one after data.
    `closes_after` hangs up after that command's untagged answer; `pause` waits so many seconds after each byte of a
    scripted answer. With `raw` the folder holds that message under UID 5, SIZE is what its size is answered with, and
    BODY what its bytes are, the first `times`; IDLE is answered with "+", and its end with what `tell` was given
    meanwhile.
    """

    def __init__(
        self,
        *,
        capabilities: str = "IMAP4rev1 AUTH=PLAIN",
        closes_after: str = "",
        pause: float = 0,
        raw: bytes | None = None,
        size: int | None = None,
        times: int = 1_000_000,
        **answers: str,
    ) -> None:
        self._answers = USUAL | {"CAPABILITY": f"* CAPABILITY {capabilities}"} | answers
        self._scripted = set(answers)
        self._closes_after = closes_after
        self._pause = pause
        self._raw = raw
        self._size = len(raw or b"") if size is None else size
        self._left = times
        self._idling: list[tuple[socket.socket, str]] = []
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

    @property
    def commands(self) -> list[str]:
        """The names of all commands that came, UID left out."""
        lines = [line.split() for line in self.heard.splitlines()]
        names = [words[1:3] if len(words) > 1 else words for words in lines if words]
        return [(words[1] if words[0].upper() == "UID" else words[0]).upper() for words in names]

    @property
    def only_read(self) -> bool:
        """Whether nothing was asked for that could change the mailbox."""
        bodies = "BODY[" in self.heard.upper().replace("BODY.PEEK[", "")
        return set(self.commands) <= set(READS_ONLY) and not bodies

    @property
    def idling(self) -> int:
        """How many connections wait in IDLE."""
        return len(self._idling)

    def answer(self, name: str, said: str) -> None:
        """From now on, say this to that command."""
        self._answers[name] = said

    def tell(self, line: str) -> None:
        """Say something to all that wait in IDLE."""
        for connection, _ in self._idling:
            connection.sendall(line.encode() + b"\r\n")

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
                    if not self._take(connection, line.decode("latin-1")):
                        return
        except OSError:
            return  # the client hung up
        finally:
            self._idling = [one for one in self._idling if one[0] is not connection]

    def _take(self, connection: socket.socket, line: str) -> bool:
        self.heard += line
        if line.strip().upper() == "DONE":
            return self._idle_done(connection)
        tag, _, rest = line.strip().partition(" ")
        words = rest.upper().split()
        name = words[1] if words[0] == "UID" else words[0]
        if name == "IDLE":
            connection.sendall(b"+ idling\r\n")
            self._idling.append((connection, tag))
            return True
        name, answer = self._said(name, rest.upper())
        answer, _, tagged = answer.partition("\0")
        if answer.startswith(("NO", "BAD")):
            answer, tagged = "", answer
        if answer:
            self._say(connection, answer.encode("latin-1"), slowly=name in self._scripted)
            if name == self._closes_after:
                return False
            connection.sendall(b"\r\n")
        connection.sendall(f"{tag} {tagged or 'OK done'}\r\n".encode())
        return name != "LOGOUT"

    def _idle_done(self, connection: socket.socket) -> bool:
        for one in self._idling:
            if one[0] is connection:
                self._idling.remove(one)
                connection.sendall(f"{one[1]} OK done\r\n".encode())
                break
        return True

    def _said(self, name: str, rest: str) -> tuple[str, str]:
        """The answer to a command, and the name that it goes by in the script."""
        if name != "FETCH" or self._raw is None:
            return name, self._answers.get(name, "")
        told = f"* 1 FETCH (UID 5 RFC822.SIZE {self._size}"
        if "BODY.PEEK[HEADER" in rest:
            head = "From: Mei Lin <mei@reader.example>\r\nSubject: Stranded\r\n\r\n"
            return name, f"{told} BODY[HEADER.FIELDS (FROM SUBJECT DATE)]<0> {{{len(head)}}}\r\n{head})"
        if "BODY" not in rest:
            return name, self._answers.get("SIZE", told + ")")
        if "BODY" in self._answers and self._left > 0:
            self._left -= 1
            return "BODY", self._answers["BODY"]
        return name, f"{told} BODY[] {{{len(self._raw)}}}\r\n{self._raw.decode('latin-1')})"

    def _say(self, connection: socket.socket, answer: bytes, *, slowly: bool) -> None:
        if not (slowly and self._pause):
            connection.sendall(answer)
            return
        for number in range(len(answer)):
            connection.sendall(answer[number : number + 1])
            time.sleep(self._pause)
