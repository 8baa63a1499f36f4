"""No page offers what its reader may not do: each link, form and button on it leads to a route of their role."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.fixtures_web import Browser, sign_in
from tests.web.rights import RIGHTS
from tests.web.test_masking import CANARIES, VARIANTS, told
from tests.web.test_rights import Place, World, rules, world
from tipline.models import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
__all__ = ["told", "world"]

ADDRESS = re.compile(r'\s(?:href|action|formaction|hx-(?:get|post)|data-[a-z-]+)="(/[^"]*)"')
PALETTE = {"HX-Request": "true", "HX-Target": "palette-body"}


def pages(app: Flask, world: World, role: Role) -> Iterator[tuple[Rule, str]]:
    """All that a role can open at its own place, as pages and as the pieces that scripts ask for."""
    names = world.names[Place.OWN]
    client = sign_in(app.test_client(), world.actor(role))
    assert isinstance(client, Browser)
    for endpoint, right in RIGHTS.items():
        if right.public or right.nobodys or role not in right.roles or endpoint == "auth.logout":
            continue
        for rule, method in rules(app, endpoint):
            if method != "GET":
                continue
            with app.test_request_context():
                url = app.url_map.bind("localhost").build(endpoint, {name: names[name] for name in rule.arguments})
            for query in ({}, *VARIANTS.get(endpoint, ())):
                asked = {key: value.format(**names) for key, value in query.items()}
                for headers in ({}, {"HX-Request": "true"}):
                    answer = client.get(url, query_string=asked, headers=headers)
                    text = answer.get_data().decode(errors="replace")
                    answer.close()
                    yield rule, text


def endpoint_of(app: Flask, address: str) -> str | None:
    """The route that an address leads to; None for places of the page itself."""
    urls = app.url_map.bind("localhost")
    for method in ("GET", "POST"):
        try:
            return str(urls.match(urlsplit(unescape(address)).path, method)[0])
        except HTTPException:
            continue
    return None


@pytest.mark.parametrize("role", list(Role))
def test_what_a_page_offers_is_of_a_route_that_its_reader_may_use(app: Flask, told: World, role: Role) -> None:
    offered: dict[str, set[str]] = {}
    for rule, text in pages(app, told, role):
        for address in set(ADDRESS.findall(text)):
            endpoint = endpoint_of(app, address)
            assert endpoint is not None, f"{rule} leads nowhere by {address}"
            offered.setdefault(endpoint, set()).add(f"{rule}: {address}")
    assert len(offered) > 10
    refused = {
        endpoint: places
        for endpoint, places in offered.items()
        if not RIGHTS[endpoint].public and role not in RIGHTS[endpoint].roles
    }
    assert refused == {}


def test_the_palette_of_a_viewer_has_no_act_and_no_macro(app: Flask, told: World) -> None:
    """A macro's name and the words of its steps stand in the entries of those who can run it."""
    bob, dave = (sign_in(app.test_client(), who) for who in (told.cast.bob, told.cast.dave))
    assert all(canary in bob.get("/desk/palette", headers=PALETTE).text.lower() for canary in CANARIES[:2])
    for headers in ({}, PALETTE):
        shown = dave.get("/desk/palette", headers=headers).text
        offered = shown.partition('class="palette-list"')[2]
        assert "Everything" in offered, "lists are offered to viewers too"
        assert not re.search(r"data-(does|press)=", offered) and ">macro<" not in offered
        assert not any(canary in shown.lower() for canary in CANARIES)


@pytest.mark.parametrize(
    "typed", ["", "q", "Quix", "Zebedrova", "7946", "hidden", "#quix", "tag:quix", "fact:q", "is:"]
)
def test_what_a_viewer_types_is_completed_by_no_reader(app: Flask, told: World, typed: str) -> None:
    shown = sign_in(app.test_client(), told.cast.dave).get("/desk/suggest", query_string={"q": typed}).text.lower()
    left = shown.replace(typed.lower(), "") if typed else shown
    assert not any(canary in left for canary in CANARIES)
