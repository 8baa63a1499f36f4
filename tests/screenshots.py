"""Takes the pictures of the README and of the handbook from a fresh demo: `uv run python -m tests.screenshots`.

They change with the interface, so they are made by this script alone. It needs Chromium and `uv sync --all-groups`.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.servers import ports
from tests.servers.chromium import Chromium
from tests.servers.processes import Tipline
from tipline.web.desk.help import WRITTEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
README_PICTURES = ROOT / ".github"
HELP_PICTURES = ROOT / "tipline" / "static" / "help"
EDITOR = "alice@meridian.example"
COLOURS = 128  # of a PNG's palette: a third of the bytes, and no difference to see
QUALITY = 72  # of WebP


@dataclass(frozen=True)
class Picture:
    """One screenshot. `prepare` brings the page into the state that the picture shows."""

    name: str
    address: str
    width: int
    height: int
    prepare: Callable[["Page"], None] = lambda page: None
    part: str = ""  # a selector: that element alone


def open_tip(page: "Page") -> None:
    """Open a tip with an answered question, consent and facts beside the list."""
    page.locator("a.open", has_text="Separated at Shanghai").first.click()
    page.locator("#tip h1").wait_for()
    page.wait_for_load_state("networkidle")


def open_results(page: "Page") -> None:
    page.locator("a[href$='/results']").first.click()
    page.wait_for_load_state("networkidle")


def type_a_filter(page: "Page") -> None:
    page.locator("input[name=q]").first.click()
    page.keyboard.type("status:new cons", delay=20)
    page.locator(".suggestions .option", has_text="consent:").first.wait_for()


def select_tips(page: "Page") -> None:
    for box in page.locator("input.pick").all()[:4]:
        box.check()
    page.wait_for_load_state("networkidle")


def open_builder(page: "Page") -> None:
    titles = re.compile("Stranded|被关闭的边境|被關閉的邊境")
    page.locator("main a[href*='/desk/callouts/']", has_text=titles).first.click()
    page.locator("#questions, .questions").first.scroll_into_view_if_needed()
    page.frame_locator("#preview-frame").locator("h1", has_text=titles).wait_for()


OF_README = [
    Picture("desk.png", "/desk", 1440, 860, open_tip),
    Picture("callout.png", "/c/stranded", 1000, 860),
    Picture("results.png", "/desk?q=callout:stranded", 1000, 860, open_results),
]
OF_HELP = [
    Picture("day.webp", "/desk", 1200, 700, open_tip),
    Picture("search.webp", "/desk", 1300, 460, type_a_filter, "#list"),
    Picture("tip.webp", "/desk", 1440, 420, open_tip, "#tip"),
    Picture("facts.webp", "/desk", 1440, 720, open_tip, "#tip .side"),
    Picture("bulk.webp", "/desk", 1300, 640, select_tips, "#list"),
    Picture("builder.webp", "/desk/callouts", 1440, 800, open_builder),
]


def take(page: "Page", picture: Picture, folder: Path) -> None:
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(picture.address)
    page.wait_for_load_state("networkidle")
    picture.prepare(page)
    shot = page.locator(picture.part).first.screenshot() if picture.part else page.screenshot()
    drawn = Image.open(BytesIO(shot)).convert("RGB")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / picture.name
    if path.suffix == ".webp":
        drawn.save(path, quality=QUALITY, method=6)
    else:
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)} {path.stat().st_size // 1024} KB\n")


def sign_in(page: "Page", demo: Path) -> None:
    password = re.search(r"password (.+)", (demo / "README.txt").read_text(encoding="utf-8"))
    assert password, "the demo's README names its password"
    page.goto("/login")
    page.fill("[name=email]", EDITOR)
    page.fill("[name=password]", password[1].strip())
    page.click("main form button")
    page.wait_for_url("**/desk**")


def speak(page: "Page", language: str) -> None:
    """Show the desk in a language of the handbook."""
    page.goto("/desk/me")
    page.select_option("[name=locale]", language)
    page.locator("form[action='/desk/me/language'] button").click()
    page.locator(f"html[lang^='{language[:2]}']").wait_for(state="attached")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Chromium() as chromium:
        demo, port = Path(folder) / "demo", ports.free()
        server = Tipline("demo", "--folder", str(demo), "--port", str(port), port=port, seconds=120)
        with server, chromium.page(1440, base_url=server.url) as page:
            sign_in(page, demo)
            for picture in OF_README:
                take(page, picture, README_PICTURES)
            for language in WRITTEN:
                speak(page, language)
                for picture in OF_HELP:
                    take(page, picture, HELP_PICTURES / language)


if __name__ == "__main__":
    main()
