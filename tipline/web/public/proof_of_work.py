"""Slowing floods that come from everywhere: while very many forms are posted, each one costs its sender a little.

Whoever had the form open for half a minute has paid already, and notices nothing. Anybody faster gets the form back
with all that was typed: a script then finds a number whose hash begins with zeros and sends the form by itself;
without a script one waits and presses Send again. What was signed pays for one story only. Nothing is asked of anybody
else, nothing is stored about anybody, and nobody is turned away.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tipline.core.intake.submissions import Submission
from tipline.db import now
from tipline.web.place import place

WAIT = timedelta(seconds=30)  # that a form was open pays for it
VALID = timedelta(hours=2)  # older forms and tickets pay for nothing: until then the used ones are remembered
BITS = 17  # zeros at the beginning of the hash: 130,000 tries, a second or two on an old phone
DIGITS = 12  # of a solution, at most
MAX_USED = 200_000
SECONDS = 60
TICKET, SOLUTION = "ticket", "work"  # the fields of the form


class Load:
    """How many forms were posted in the last minute, by everybody together."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._seconds: deque[tuple[int, int]] = deque()
        self._sum = 0
        self._lock = threading.Lock()

    def count(self) -> bool:
        """Count one more; whether that is more than the limit."""
        at = int(self._clock())
        with self._lock:
            self._let_go(at)
            if self._seconds and self._seconds[-1][0] == at:
                self._seconds[-1] = (at, self._seconds[-1][1] + 1)
            else:
                self._seconds.append((at, 1))
            self._sum += 1
            return self._sum > self._limit

    def _let_go(self, at: int) -> None:
        while self._seconds and self._seconds[0][0] <= at - SECONDS:
            self._sum -= self._seconds.popleft()[1]


class Used:
    """Which tickets paid for a story, and for which: pressed twice, it is the same story."""

    def __init__(self, most: int = MAX_USED) -> None:
        self._most = most
        self._salt = secrets.token_bytes(32)
        self._stories: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def pays(self, ticket_id: str, story: bytes) -> bool:
        """Let a ticket pay for a story; False where it paid for another one."""
        mark = hashlib.blake2b(story, key=self._salt, digest_size=8).digest()
        with self._lock:
            if ticket_id in self._stories:
                return self._stories[ticket_id] == mark
            self._stories[ticket_id] = mark
            if len(self._stories) > self._most:
                self._stories.popitem(last=False)
            return True

    def give_back(self, ticket_id: str) -> None:
        with self._lock:
            self._stories.pop(ticket_id, None)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What pays for one story: by a solution, or by its age. `signed` is what a page carries; a fresh form is its
    own."""

    id: str
    at: datetime
    signed: str = ""

    @property
    def seconds(self) -> int:
        """How long until its age pays."""
        return max(0, int((self.at + WAIT - now()).total_seconds()) + 1) if self._age < WAIT else 0

    @property
    def is_over(self) -> bool:
        # one from the future was signed before our clock was set back
        return not timedelta(0) <= self._age < VALID

    @property
    def _age(self) -> timedelta:
        return now() - self.at

    def is_paid(self, solution: str) -> bool:
        return self.seconds == 0 or self._solves(solution)

    def _solves(self, solution: str) -> bool:
        if not (solution.isascii() and solution.isdigit() and len(solution) <= DIGITS):
            return False
        digest = hashlib.sha256(f"{self.id}:{solution}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> (32 - BITS) == 0


def init(app: Flask) -> None:
    limit = app.extensions["tipline"].settings.limits.busy_posts_per_minute
    app.extensions["tipline.load"] = Load(limit)
    app.extensions["tipline.used"] = Used()


def is_busy() -> bool:
    """Count this post; whether each has to be paid for now."""
    return cast(Load, current_app.extensions["tipline.load"]).count()


def owed(submission: Submission, fields: Mapping[str, str], story: bytes) -> Ticket | None:
    """The ticket that has to be paid before this post is taken; None where it is paid, until `give_back`.

    `story` is all that was typed, as bytes that are equal for equal stories.
    """
    ticket = _ticket_of(submission, fields)
    if ticket.is_over:
        return _new(submission)
    if not ticket.is_paid(fields.get(SOLUTION, "")):
        return ticket
    return None if _used().pays(ticket.id, story) else _new(submission)


def give_back(submission: Submission, fields: Mapping[str, str]) -> None:
    """The post was not taken: what paid for it pays for the corrected one."""
    _used().give_back(_ticket_of(submission, fields).id)


def _used() -> Used:
    return cast(Used, current_app.extensions["tipline.used"])


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(place().database.master.signing_secret("form-ticket"), salt="ticket")


def _new(submission: Submission) -> Ticket:
    """One beside the form's own, for this form alone."""
    id_ = secrets.token_hex(16)
    return Ticket(id_, now(), str(_signer().dumps([submission.id, id_])))


def _ticket_of(submission: Submission, fields: Mapping[str, str]) -> Ticket:
    """The page's, else the form's own."""
    given = fields.get(TICKET, "")
    try:
        (form, id_), at = _signer().loads(given, return_timestamp=True)
    except BadSignature:
        form = id_ = ""
    if form != submission.id:
        return Ticket(submission.id, submission.made_at)
    return Ticket(id_, at, given)
