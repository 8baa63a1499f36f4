"""The tips of some years one by one, with all that stands on them: rows for every table that the desk reads."""

import itertools
import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.bench.pouring import Pour
from tests.bench.wordy import Stories, Told
from tipline.core.search import row_key
from tipline.core.search.index import COLUMNS, SEALED
from tipline.core.text.tokens import TOKENS_VERSION
from tipline.db import now
from tipline.sealing import Master, first_id, seal

BATCH = 5000
YEARS = 6
CALLOUTS = {
    "borders": 45.0, "overtime": 25.0, "exams": 12.0, "wages": 8.0, "hospital": 5.0, "rents": 3.0, "floods": 1.7,
    "tiny": 0.3,
}  # fmt: skip
TAGS_OF_ALL = ("visa", "family", "school", "money", "quote", "call-back", "documents", "photo", "urgent", "legal")
TAGS_OF_ONE = 8  # of each callout, on tips of no other
RARE_TAGS = 30
OPEN = ("new", "new", "reviewing", "waiting", "ready")
DONE = ("used", "closed", "closed", "closed", "closed", "spam")


class Years:
    """Goes through them tip by tip; rows are kept until a batch is full."""

    def __init__(self, pour: Pour, master: Master, n: int, people: list[int]) -> None:
        self._pour, self._master, self._n, self._people = pour, master, n, people
        self._rng = random.Random(n)
        self._stories = Stories()
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._documents: list[tuple[Any, ...]] = []
        self._events, self._numbers = itertools.count(1), itertools.count(1)
        self._newest = now().replace(minute=0, second=0, microsecond=0)
        self._step = timedelta(days=365 * YEARS) / n
        self._cluster = (0, 0, 0)  # its number, its callout, how many of it are still to come
        self._weights = list(itertools.accumulate(CALLOUTS.values()))
        self._readers = 0

    def pour(self) -> None:
        for tip_id in range(1, self._n + 1):
            self._tip(tip_id)
            if tip_id % BATCH == 0 or tip_id == self._n:
                self._pour_all()

    def _pour_all(self) -> None:
        for table, rows in self._rows.items():
            self._pour.rows(table, rows)
            rows.clear()
        if self._documents and self._pour.sqlite:
            self._pour.tuples("search_document", f"rowid, {', '.join((*COLUMNS, SEALED))}, loose", self._documents)
        elif self._documents:
            self._pour.tuples("search_document", "tip_id, tokens_version, document", self._documents)
        self._documents.clear()
        self._pour.commit()

    def _put(self, table: str, **row: Any) -> None:
        self._rows[table].append(row)

    def _event(self, tip_id: int, at: datetime, verb: str, who: int | None = None, **more: Any) -> int:
        event_id = next(self._events)
        actor = "reporter" if who else "reader"
        self._put("event", id=event_id, at=_time(at), actor=actor, account_id=who, verb=verb, tip_id=tip_id, **more)
        return event_id

    def _reader(self, at: datetime) -> int:
        """Each wrote three times in the mean."""
        rng = self._rng
        if self._readers and rng.random() < 0.66:
            return rng.randrange(max(1, self._readers - 5000), self._readers + 1)
        self._readers += 1
        key_id = first_id(at) + self._readers % (1 << 20)
        key, wrapped = self._master.new_key(key_id)
        self._put("data_key", id=key_id, wrapped=wrapped, master_id=self._master.id, created_at=_time(at))
        brief = f"Reader {chr(65 + self._readers % 26)}.".encode()
        name = seal(key, brief, f"reader:{key_id}:short_name")
        self._put("reader", id=self._readers, key_id=key_id, short_name=name, created_at=_time(at))
        return self._readers

    def _tip(self, tip_id: int) -> None:
        rng = self._rng
        at = self._newest - self._step * (self._n - tip_id) - timedelta(seconds=rng.random() * 600)
        told = self._stories.tell(rng, tip_id)
        is_open = rng.random() < (0.3 if tip_id > self._n * 0.9 else 0.02)
        status = rng.choice(OPEN if is_open else DONE)
        who = rng.choice(self._people) if rng.random() < (0.4 if is_open else 0.8) else None
        restricted, joined = tip_id % 1000 == 999, tip_id % 200 == 150
        tip: dict[str, Any] = {
            "id": tip_id,
            "callout_id": rng.choices(range(1, len(CALLOUTS) + 1), cum_weights=self._weights)[0],
            "reader_id": self._reader(at),
            "source": rng.choice(("form", "form", "mail", "mail", "mail", "phone")),
            "status": status,
            "verification": rng.choice(("unverified", "unverified", "unverified", "in_progress", "verified", "false")),
            "assignee_id": who,
            "consent": rng.choice(("name", "anonymous", "ask", "unknown", "unknown")),
            "contact": "email",
            "language": told.language,
            "title": told.text[:60],
            "excerpt": told.text[:200],
            "follow_up_on": _day(at + timedelta(days=rng.randrange(30))) if is_open and rng.random() < 0.02 else None,
            "restricted": restricted,
            "automatic": tip_id % 3000 == 2,
            "forwarded": tip_id % 4000 == 1,
            "photos": int(tip_id % 50 == 0),
            "files": int(tip_id % 25 == 0),
            "merged_into": tip_id - 100 if joined and tip_id > 100 else None,
            "spam_score": rng.randrange(70, 100) if status == "spam" else max(0, rng.randrange(-360, 40)),
            "tokens_version": TOKENS_VERSION,
            "fingerprints_version": 1,
            "received_at": _time(at),
        }
        self._alike(tip)
        last = self._event(tip_id, at, "received")
        last = max(last, self._talk(tip, told, at, who))
        last = max(last, self._work(tip, at, who))
        if who:
            follower = {"account_id": who, "tip_id": tip_id, "since": _time(at)}
            self._put("follower", **follower, news_id=last if rng.random() < 0.3 else 0)
        self._put("tip", **tip)
        self._index(tip_id, told, at, restricted or tip["merged_into"] is not None)

    def _index(self, tip_id: int, told: Told, at: datetime, hidden: bool) -> None:
        if hidden:
            return
        if self._pour.sqlite:
            self._documents.append((row_key(at, tip_id), *told.columns().values()))
        else:
            self._documents.append((tip_id, TOKENS_VERSION, told.vector()))

    def _alike(self, tip: dict[str, Any]) -> None:
        """One in twenty is of a cluster: campaigns of two to some thousands."""
        number, callout_id, left = self._cluster
        if not left and self._rng.random() < 0.003:
            self._cluster = number + 1, tip["callout_id"], int(self._rng.paretovariate(0.7)) % 5000 + 2
        elif left and self._rng.random() < 0.3:
            tip["cluster_id"], tip["callout_id"] = number, callout_id
            self._cluster = number, callout_id, left - 1

    def _talk(self, tip: dict[str, Any], told: Told, at: datetime, who: int | None) -> int:
        """What the reader wrote, what we answered, and what they allowed."""
        rng, tip_id, last = self._rng, tip["id"], 0
        tip |= {"reader_wrote_at": _time(at), "active_at": _time(at), "updated_at": _time(at)}
        self._say(tip, told.text, at, 0)
        if tip["source"] == "form":
            for position, words in enumerate((told.text[:400], rng.choice(("Shanghai", "武汉", "Macau", "Lagos")))):
                question = tip["callout_id"] * 2 - 1 + position
                answer = {"question_id": question, "position": position, "wording": f"Question {position + 1}?"}
                self._put(
                    "answer", id=first_id(at) + tip_id % 100_000 * 4 + position, tip_id=tip_id, value=words, **answer
                )
        if tip["consent"] != "unknown":
            said = {"choice": tip["consent"], "said_at": _time(at), "source": tip["source"]}
            self._put("consent", id=next(self._numbers), tip_id=tip_id, **said)
        if who and rng.random() < 0.35:
            took = timedelta(seconds=rng.randrange(600, 400_000))
            then = at + took
            message_id = self._say(tip, "Thank you. May we call you?", then, 1, who)
            sent = {"not_before": _time(then), "settled_at": _time(then), "state": "sent"}
            self._put("outgoing", id=message_id, message_id=message_id, tip_id=tip_id, **sent)
            tip |= {"answered_at": _time(then), "answered_after": int(took.total_seconds()), "updated_at": _time(then)}
            last = self._event(tip_id, then, "reply", who, object_id=message_id)
            if rng.random() < 0.4:
                again = then + timedelta(hours=5)
                message_id = self._say(tip, told.text[-120:], again, 2)
                tip |= {"reader_wrote_at": _time(again), "active_at": _time(again), "updated_at": _time(again)}
                last = self._event(tip_id, again, "message", object_id=message_id)
        return last

    def _say(self, tip: dict[str, Any], words: str, at: datetime, turn: int, who: int | None = None) -> int:
        message_id = first_id(at) + tip["id"] % 100_000 * 4 + turn
        said = {"direction": "out" if who else "in", "source": tip["source"], "author_id": who, "text": words}
        times = {"sent_at": _time(at), "created_at": _time(at), "language": tip["language"]}
        self._put("message", id=message_id, tip_id=tip["id"], quoted="", **said, **times)
        return message_id

    def _work(self, tip: dict[str, Any], at: datetime, who: int | None) -> int:
        """What reporters put on it."""
        rng, tip_id, last = self._rng, tip["id"], 0
        for tag_id in self._tags(tip):
            self._put("tip_tag", tip_id=tip_id, tag_id=tag_id)
        one = who or rng.choice(self._people)
        if who:
            self._event(tip_id, at, "assigned", one, after=str(who))
        if tip["status"] != "new":
            last = self._event(tip_id, at + timedelta(hours=30), "status", one, before="new", after=tip["status"])
        if rng.random() < 0.12:
            note_id = next(self._numbers)
            written = {"author_id": one, "text": "Called; wants to stay anonymous.", "created_at": _time(at)}
            self._put("note", id=note_id, tip_id=tip_id, **written)
            last = self._event(tip_id, at, "note", one, object_id=note_id)
            if rng.random() < 0.2:
                self._put("mention", account_id=rng.choice(self._people), note_id=note_id, tip_id=tip_id)
        if rng.random() < 0.6:
            self._put("tip_seen", tip_id=tip_id, account_id=one, seen_at=_time(self._newest))
        if rng.random() < 0.01:
            task = {"text": "Ask for the letter", "assignee_id": one, "made_by": one, "created_at": _time(at)}
            due = _day(at + timedelta(days=9)) if rng.random() < 0.5 else None
            done = None if rng.random() < 0.1 else _time(at)
            self._put("task", id=next(self._numbers), tip_id=tip_id, due_on=due, done_at=done, **task)
        if tip["files"]:
            file_id = first_id(at) + tip_id % 100_000 * 4
            file = {"message_id": file_id, "key_id": self._rows["data_key"][-1]["id"] if self._rows["data_key"] else 1}
            kind = "image/jpeg" if tip["photos"] else "application/pdf"
            file |= {"name": "scan.pdf", "type": kind, "size": 1000, "extraction": "done", "created_at": _time(at)}
            self._put("stored_file", id=file_id, tip_id=tip_id, **file)
        if tip["restricted"] and tip_id > self._n - 15_000:
            self._put("tip_access", tip_id=tip_id, account_id=one)
        return last

    def _tags(self, tip: dict[str, Any]) -> set[int]:
        rng, found = self._rng, set()
        if rng.random() < 0.25:
            found |= {min(int(rng.paretovariate(0.8)), len(TAGS_OF_ALL)) for _ in range(rng.randrange(1, 4))}
        if rng.random() < 0.1:
            found.add(len(TAGS_OF_ALL) + (tip["callout_id"] - 1) * TAGS_OF_ONE + 1 + rng.randrange(TAGS_OF_ONE))
        if tip["id"] % 500 == 0:
            found.add(len(TAGS_OF_ALL) + len(CALLOUTS) * TAGS_OF_ONE + 1 + tip["id"] // 500 % RARE_TAGS)
        return found


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _day(at: datetime) -> str:
    return at.date().isoformat()
