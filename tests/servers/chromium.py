"""A real browser: Debian's Chromium, driven by Playwright, that reaches nothing but loopback."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.servers.missing import NotInstalled

if TYPE_CHECKING:  # the `browser` group, which README's commands do without
    from playwright.sync_api import Browser, Page, Playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
LATENCY = int(os.environ.get("TIPLINE_LATENCY", "0"))  # ms by which every answer is late, to look for races in tests
PATIENCE = 15_000  # ms, for whatever a page is to do: others of the suite use the same processors
WIDE, NARROW = 1280, 390  # CSS pixels: a desk and a phone


def binary() -> Path | None:
    """Where Chromium is, None where it is not installed (Debian: chromium). Its build without windows, where there is
    one (chromium-headless-shell): the same engine for less than half the processor's time."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return Path(found) if found else None


class Chromium:
    """`with Chromium() as chromium:` runs one; each page has a profile of its own."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def __enter__(self) -> Self:
        program = binary()
        if not program:
            raise NotInstalled("chromium")
        from playwright.sync_api import expect, sync_playwright

        expect.set_options(timeout=PATIENCE)
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=program, args=FLAGS, timeout=60_000)
        except BaseException:
            self._playwright.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._browser:
            self._browser.close()
        if self._playwright:
            self._playwright.stop()

    @contextmanager
    def page(
        self,
        width: int = WIDE,
        *,
        dark: bool = False,
        javascript: bool = True,
        locale: str = "en-GB",
        base_url: str | None = None,
    ) -> "Iterator[Page]":
        """A fresh page without cookies. `page.goto("/desk/")` works where `base_url` is given."""
        assert self._browser, "enter the context first"
        context = self._browser.new_context(
            viewport={"width": width, "height": 844 if width <= NARROW else 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale=locale,
            base_url=base_url,
            reduced_motion="reduce",
            is_mobile=width <= NARROW,
            has_touch=width <= NARROW,
        )
        context.set_default_timeout(PATIENCE)
        try:
            page = context.new_page()
            if LATENCY:
                slow(page)
                context.on("page", slow)
            yield page
        finally:
            context.close()


def slow(page: "Page", latency: int = LATENCY) -> None:
    """Whatever a page asks for comes late, as over a long line: documents, posts and what its scripts fetch."""
    line = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)


def picture(page: "Page", name: str) -> Path | None:
    """The whole page as `name`.png in the folder that TIPLINE_PICTURES names; nothing where it names none."""
    folder = os.environ.get("TIPLINE_PICTURES")
    if not folder:
        return None
    path = Path(folder, f"{name}.png")
    page.screenshot(path=path, full_page=True)
    return path


def barriers(page: "Page") -> list[str]:
    """What axe-core finds wrong for people who can't see, hear or point well: a line for each element, "rule: element".

    The script is evaluated by the debugger, not added to the page, so that our CSP need not be loosened for it.
    """
    page.wait_for_load_state()
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")
    return [f"{rule['id']}: {node['html']} ({rule['help']})" for rule in found["violations"] for node in rule["nodes"]]
