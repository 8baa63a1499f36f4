"""What reporters click on the desk, and how long the web process says that it took."""

import http.client
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import quote, urlencode

from tests.fixtures_web import TOKEN
from tests.servers import ports

LISTS = (
    "", "assignee:me", "is:followed", "assignee:none", "status:waiting", "due:now", "status:any", "status:spam",
    "callout:borders", "callout:floods", "callout:borders status:closed", "status:closed", "status:ready,used",
    "assignee:none,me", "assignee:me status:any", "tag:visa", "tag:visa status:any", "tag:overtime-3 status:any",
    "tag:tiny-2 status:any", "tag:rare-7 status:any", "tag:visa,rare-7 tag:family", "source:phone",
    "source:mail status:any", "lang:zh", "lang:zh-hant status:any", "consent:name", "consent:name lang:zh status:any",
    "verification:verified status:any", "has:photo", "has:file status:any", "has:note", "has:reply", "has:answer",
    "is:unread", "is:unread status:any", "is:unanswered", "is:forwarded status:any", "is:automatic status:any",
    "is:restricted", "due:overdue", "due:any status:any", "before:2021", "since:2024 before:2024-02 status:any",
    "-status:new", "-tag:visa", "-lang:en -source:mail", "-has:photo status:any", "-callout:borders",
    "tag:borders-1 has:photo status:any", "sort:oldest", "sort:oldest status:any", "sort:unanswered", "sort:waiting",
    "sort:active", "sort:active status:any", "sort:active callout:borders", "sort:active lang:zh",
    "sort:priority", "sort:priority status:any", "sort:due",
    "status:closed sort:active", "assignee:none sort:newest", "reader:9000 status:any", "reader:9000",
)  # fmt: skip
SEARCHES = (
    "flight", "flights", "separated", "unicorn", "nothingofthekind", "visa hotel", "flight embassy", "separated flight",
    "unicorn visa", "签证", "簽證", "分离", "航班", "在上海被取消", "隔离 航班", "签证 分离", "的", '"the flight"',
    '"flight visa"', "flight -visa", "separated -flight", "visa OR 签证", "covid-19", "flight status:new",
    "flight tag:visa", "flight tag:rare-7", "签证 lang:zh-hant", "flight before:2023-03", "flight assignee:me",
    "flight sort:oldest", "separated sort:relevance", "flight sort:relevance", "flght",
)  # fmt: skip
PAGES = (
    "/desk", "/desk/views", "/desk/views/sizes", "/desk/activity", "/desk/numbers", "/desk/numbers?period=year",
    "/desk/numbers?period=all", "/desk/tags", "/desk/palette", "/desk/suggest?q=", "/desk/suggest?q=vi",
    "/desk/suggest?q=tag:", "/desk/callouts", "/desk/mail", "/desk/export?q=tag:visa",
)  # fmt: skip
ROWS = 50


@dataclass(frozen=True, slots=True)
class Click:
    """One request. `target` is the part of the page that changes; "" is a whole page."""

    name: str
    path: str
    body: str | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one answer: from arrival to the last byte, and of work: what processors did for it."""

    name: str
    wall: float
    work: float
    size: int


@dataclass(frozen=True, slots=True)
class Known:
    """Tips that a reporter sees: open ones of late, the places of some in the list, and the last event."""

    tips: list[int]
    places: list[str]
    event: int
    account: int


Kind = Callable[[random.Random, Known], Click]


def _list(query: str) -> Kind:
    return lambda _rng, _known: Click(f"list {query or '(inbox)'}", f"/desk?q={quote(query)}", target="list")


def _search(query: str) -> Kind:
    return lambda _rng, _known: Click(f"search {query}", f"/desk?q={quote(query)}", target="list")


def _page(path: str) -> Kind:
    return lambda _rng, _known: Click(f"page {path.removeprefix('/desk') or '(inbox)'}", path)


def _more(rng: random.Random, known: Known) -> Click:
    return Click("list, further down", f"/desk?after={rng.choice(known.places)}&q=status:any", target="more")


def _open(rng: random.Random, known: Known) -> Click:
    return Click("tip", f"/desk/tips/{rng.choice(known.tips)}", target="tip")


def _open_found(rng: random.Random, known: Known) -> Click:
    return Click("tip of a search", f"/desk/tips/{rng.choice(known.tips)}?q=flight", target="tip")


def _whole(rng: random.Random, known: Known) -> Click:
    return Click("tip, whole page", f"/desk/tips/{rng.choice(known.tips)}")


def _related(rng: random.Random, known: Known) -> Click:
    return Click("related tips", f"/desk/tips/{rng.choice(known.tips)}/shared", target="shared")


def _belongs(rng: random.Random, known: Known) -> Click:
    return Click("tips to join", f"/desk/tips/{rng.choice(known.tips)}/belongs")


def _live(rng: random.Random, known: Known) -> Click:
    asked = {
        "since": rng.choice(known.places[:20]),
        "at": str(known.event),
        "q": "",
        "tip": str(rng.choice(known.tips)),
    }
    asked["rows"] = ",".join(str(tip) for tip in rng.sample(known.tips, min(ROWS, len(known.tips))))
    return Click("live", "/desk/live", urlencode(asked))


def _change(name: str, verb: str, values: Callable[[random.Random, Known], dict[str, str]], q: str = "") -> Kind:
    def made(rng: random.Random, known: Known) -> Click:
        told = {**values(rng, known), "q": q}
        return Click(f"key: {name}", f"/desk/tips/{rng.choice(known.tips)}/{verb}", urlencode(told), "tip")

    return made


CHANGES = (
    _change("assign to me", "assign", lambda _, known: {"assignee": str(known.account)}),
    _change("status", "status", lambda rng, _: {"status": rng.choice(("new", "reviewing", "waiting", "ready"))}),
    _change("close", "status", lambda _rng, _known: {"status": "closed"}),
    _change("close in a search", "status", lambda _rng, _known: {"status": "closed"}, "flight"),
    _change("tag", "tag", lambda rng, _: {"tag": rng.choice(("visa", "family", "school"))}),
    _change("untag", "untag", lambda rng, _: {"tag": str(rng.randrange(1, 4))}),
    _change("verification", "verification", lambda rng, _: {"verification": rng.choice(("verified", "unverified"))}),
    _change("follow up", "follow-up", lambda rng, _: {"on": f"2030-01-{rng.randrange(1, 29):02}"}),
    _change("note", "note", lambda _rng, _known: {"text": "Called again."}),
    _change("read", "seen", lambda _rng, _known: {}),
)
KINDS: dict[str, tuple[Kind, ...]] = {
    "list": tuple(map(_list, LISTS)),
    "more": (_more,),
    "search": tuple(map(_search, SEARCHES)),
    "page": tuple(map(_page, PAGES)),
    "tip": (_open, _open_found, _whole, _related, _belongs),
    "live": (_live,),
    "key": CHANGES,
}
# How often each of them is clicked by somebody who works: most of all tips, and what the keys do.
WORKDAY = {"list": 6, "more": 1, "search": 4, "page": 2, "tip": 8, "live": 4, "key": 8}


class Browser:
    """One browser with one connection."""

    def __init__(self, port: int, cookie: str) -> None:
        self._line = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=60)
        self._cookie = cookie
        self.wrong: list[str] = []

    def click(self, click: Click) -> Iterator[Took]:
        """The answer, and the page that it leads to."""
        answer, took = self._ask(click)
        yield took
        if answer.status == 303:
            yield self._ask(Click("key: … the tip then", answer.headers["Location"], target=click.target))[1]

    def _ask(self, click: Click) -> tuple[http.client.HTTPResponse, Took]:
        headers = {"Cookie": self._cookie, "X-CSRF-Token": TOKEN, "Accept-Encoding": "gzip"}
        if click.target:
            headers |= {"HX-Request": "true", "HX-Target": click.target}
        if click.body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer, size = self._send(click, headers)
        except (http.client.RemoteDisconnected, ConnectionError):  # the server lets go of an idle connection
            self._line.close()
            answer, size = self._send(click, headers)
        for morsel in SimpleCookie(answer.headers.get("Set-Cookie", "")).values():
            self._cookie = f"{morsel.key}={morsel.coded_value}"
        if answer.status not in (200, 204, 303):
            self.wrong.append(f"{answer.status} {re.sub('[0-9]+', 'N', click.path)}")
        said = dict(re.findall(r"(\w+);dur=([0-9.]+)", answer.headers.get("Server-Timing", "")))
        wall, cpu, db = (float(said.get(name, 0)) for name in ("app", "cpu", "db"))
        return answer, Took(click.name, wall, cpu + db, size)

    def _send(self, click: Click, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, int]:
        method = "GET" if click.body is None else "POST"
        self._line.request(method, click.path, click.body or None, headers)
        answer = self._line.getresponse()
        return answer, len(answer.read())
