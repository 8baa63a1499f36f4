"""Readers who fill in the form while processes die: each does as a person does, and tries again until it is through."""

import random
import re
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, cast

from flask.testing import FlaskClient

from tests.chaos.bag import PHOTO, mark
from tests.web.reading import Page, code_of
from tests.web.wire import Wire
from tipline.core.callouts import CalloutView
from tipline.models import QuestionKind

PATIENCE = 300.0  # seconds until a reader gives up, which counts as lost


@dataclass
class Reader:
    """One reader: what they sent, and what they were shown."""

    number: int
    port: int
    view: CalloutView
    choice: random.Random
    mark: str = field(default_factory=lambda: mark("f"))
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
            missed = re.search(r"(\d+|One) files? did not come through", receipt.text)
            self.missed = (int(missed[1]) if missed[1].isdecimal() else 1) if missed else 0
            self.code = code_of(receipt)

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
