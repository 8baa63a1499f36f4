"""Styles and scripts: each address changes with what it answers, and may then be kept for a year."""

import gzip
import re

from flask import Flask

from tipline import paths
from tipline.web.assets import asset

KEPT = "public, max-age=31536000, immutable"


def test_a_module_is_kept_for_a_year_by_the_address_of_today_alone(app: Flask) -> None:
    with app.test_request_context():
        address = asset("desk/keys.js")
    client = app.test_client()
    with client.get(address) as today:
        assert today.headers["Cache-Control"] == KEPT
    with client.get(re.sub("/modules/[^/]+/", "/modules/000000000000/", address)) as old:
        assert old.status_code == 200 and old.headers["Cache-Control"] == "no-cache"


def test_modules_import_what_is_there(app: Flask) -> None:
    client = app.test_client()
    for file in (paths.STATIC / "desk").glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', file.read_text()):
            with client.get(f"/modules/0/{name}") as imported:
                assert imported.status_code == 200, f"{file.name} imports {name}"


def test_no_other_file_is_served_as_a_module(app: Flask) -> None:
    client = app.test_client()
    for name in ("base.css", "..%2Fbase.css", "%2e%2e%2fpublic.js", "keys.js/x"):
        assert client.get(f"/modules/0/{name}").status_code == 404, name


def test_styles_and_scripts_come_compressed_to_whom_can_read_it(app: Flask) -> None:
    client = app.test_client()
    with client.get("/static/base.css", headers={"Accept-Encoding": "gzip, br"}) as small:
        assert small.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in small.headers["Vary"]
        assert gzip.decompress(small.data) == (paths.STATIC / "base.css").read_bytes()
        known = {"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]}
        with client.get("/static/base.css", headers=known) as again:
            assert again.status_code == 304
    for accepted in ("", "identity", "gzip;q=0"):
        with client.get("/static/base.css", headers={"Accept-Encoding": accepted}) as whole:
            assert whole.data == (paths.STATIC / "base.css").read_bytes()
            assert "Content-Encoding" not in whole.headers and "Accept-Encoding" in whole.headers["Vary"]


def test_a_page_is_never_compressed(app: Flask) -> None:
    with app.test_client().get("/login", headers={"Accept-Encoding": "gzip"}) as page:
        assert page.status_code == 200 and "Content-Encoding" not in page.headers


def test_a_stylesheet_has_no_headers_that_only_pages_need(app: Flask) -> None:
    client = app.test_client()
    with client.get("/static/base.css") as sheet:
        assert sheet.headers["X-Content-Type-Options"] == "nosniff"
        assert sheet.headers["Referrer-Policy"] == "no-referrer"
        assert "Content-Security-Policy" not in sheet.headers and "Permissions-Policy" not in sheet.headers
    for address in ("/static/public.js", "/static/favicon.svg", "/static/missing.css", "/login"):
        with client.get(address) as other:  # a worker's policy is that of its script, and a picture can be a page
            assert "default-src 'none'" in other.headers["Content-Security-Policy"], address
