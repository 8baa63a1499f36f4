"""Readers who fill in the form while processes die: each does as a person does, and tries again until it is through."""

import io
import random
import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPException
from typing import Any, cast

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from tests.chaos.bag import PHOTO, mark
from tests.web.bodies import multipart
from tests.web.reading import Page, code_of, link_of
from tests.web.wire import Wire
from tipline.core.callouts import CalloutView
from tipline.models import QuestionKind
from tipline.web.uploads import MARK

PATIENCE = 300.0  # seconds until a reader gives up, which counts as lost


@dataclass
class Reader:
    """One reader: what they sent, and what they were shown."""

    number: int
    port: int
    view: CalloutView
    choice: random.Random
    mark: str = field(default_factory=lambda: mark("f"))
    more: str = ""  # the mark of what they added on their page, once we said that we have it
    files: int = 0
    missed: int = 0
    code: str = ""
    tries: int = 0
    thread: threading.Thread | None = None

    def come(self) -> None:
        """Begin to write, beside everything else that happens."""
        self.thread = threading.Thread(target=self.write, daemon=True)  # where the run fails, nobody waits for them
        self.thread.start()

    def join(self) -> None:
        if self.thread is not None:
            self.thread.join()

    def write(self) -> None:
        """From the form's page to the receipt's code."""
        deadline = time.monotonic() + PATIENCE
        page = Page(cast(FlaskClient, Wire(self.port)), self.view)
        self.files = self.choice.randrange(3)
        photos = [(PHOTO + self.choice.randbytes(50_000), f"{n}.jpg") for n in range(self.files)]
        self._until(deadline, page.get)
        page.fill(QuestionKind.LONG, f"My story. {self.mark}")
        page.typed["consent"] = "ask"
        if not page.hidden or not (sent := self._until(deadline, lambda: page.post(files=photos), 303)):
            return
        if self.number % 4 == 0:  # pressed twice, or went back and sent again
            sent = self._until(deadline, lambda: page.post(files=photos), 303) or sent
        receipt = self._until(deadline, lambda: page.client.get(sent.headers["Location"]), 200)
        if receipt:
            missed = re.search(r"did not receive (\d+|one) files?", receipt.text)
            self.missed = (int(missed[1]) if missed[1].isdecimal() else 1) if missed else 0
            self.code = code_of(receipt)
            if self.number % 2:
                self._add(deadline, page, link_of(receipt))

    def _add(self, deadline: float, page: Page, link: str) -> None:
        """Something more, with a photo, on their own page."""
        own = self._until(deadline, lambda: page.client.get(link), 200)
        if not own or not (once := re.search(r'name="once"[^>]*value="([^"]+)"', own.text)):
            return  # the form waits in the spool: it has no page yet
        more, missed = mark("p"), True
        photo = FileStorage(io.BytesIO(PHOTO + self.choice.randbytes(50_000)), "more.jpg", content_type="image/jpeg")
        said = {"text": f"One thing more. {more}", "once": unescape(once[1]), MARK: "1", "files": photo}
        boundary, body = multipart(said)
        kind, wire = f'multipart/form-data; boundary="{boundary}"', cast(Wire, page.client)
        for _ in range(2 if self.number % 3 else 1):  # pressed twice
            if sent := self._until(deadline, lambda: wire.post(f"{link}/add", body, kind), 303):
                self.more, missed = more, missed and "missed=" in sent.headers["Location"]
        if self.more:
            self.files, self.missed = self.files + 1, self.missed + missed

    def _until(self, deadline: float, step: Any, status: int = 0) -> Any:
        """The answer once it is the one that is hoped for; None where patience ends."""
        while time.monotonic() < deadline:
            self.tries += 1
            try:
                answer = step()
            except (OSError, HTTPException):
                answer = None
            if answer is not None and (not status or answer.status_code == status):
                return answer
            time.sleep(self.choice.uniform(0.1, 1.0))
        return None


def crowd(count: int, port: int, view: CalloutView, choice: random.Random) -> list[Reader]:
    """So many readers, who have not come yet."""
    return [Reader(number, port, view, random.Random(choice.random())) for number in range(count)]
