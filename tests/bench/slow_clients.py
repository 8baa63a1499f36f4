"""Readers' pages while hundreds of clients are slow on purpose, directly and through the proxies of OPERATING.md.

`python -m tests.bench.slow_clients [--clients 500] [--seconds 120] [--megabytes 20] [--through direct nginx caddy]`
holds clients that send a head, a small form, or an upload at 5 KB/s, first each from a network of its own, then all
from one, and prints how the p95 of a page compares with its quiet value (aim: below 3 x), and how many honest uploads
at 40 KB/s arrive. `--own` or `--one` runs one of the two.
"""

import argparse
import multiprocessing
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event
from pathlib import Path

from tests.bench.uploading import MB, newsroom
from tests.servers import ports
from tests.web.reading import STORY
from tests.web.wire import Served, body_of, served
from tipline.core.callouts import CalloutView
from tipline.models import QuestionKind

MANUAL = Path(__file__).parents[2] / ".github/OPERATING.md"
AIM = 3.0
UPLOADERS = 4


def block(after: str) -> str:
    """The indented block of the manual that follows a line beginning with these words."""
    rest = MANUAL.read_text().partition(f"\n{after}")[2]
    lines: list[str] = []
    for line in rest.split("\n")[1:]:
        if lines and line and not line.startswith("    "):
            break
        if lines or line.startswith("    "):
            lines.append(line.removeprefix("    "))
    return "\n".join(lines)


def nginx(folder: Path, port: int, behind: int) -> list[str]:
    """The manual's server block, without TLS, on loopback ports."""
    site = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block("nginx:"))
    site = re.sub(r"\n *ssl_\w+ .*;", "", site).replace("127.0.0.1:5000", f"127.0.0.1:{behind}")
    site = site.replace("$remote_addr", "$http_x_slow_network")  # the networks are made up by the bench
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/nginx.pid; daemon off; worker_processes 1; worker_rlimit_nofile 8192;\n"
        f"events {{ worker_connections 4096; }}\nhttp {{ client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; "
        f"fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n{site}\n}}\n"
    )
    return ["nginx", "-e", str(folder / "nginx.log"), "-c", str(config)]


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    """The manual's Caddyfile, without TLS, on loopback ports; made-up networks are believed."""
    text = block("Caddy, ").replace("tips.example.org", f"http://127.0.0.1:{port}")
    text = text.replace(
        "127.0.0.1:5000", f"127.0.0.1:{behind} {{\n header_up X-Forwarded-For {{header.X-Slow-Network}}\n}}"
    )
    text = text.replace("{\n", "{\n    admin off\n    auto_https off\n", 1)
    config = folder / "Caddyfile"
    config.write_text(text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]


@contextmanager
def through(name: str, behind: int, folder: Path) -> Iterator[int]:
    """The port to ask."""
    if name == "direct":
        yield behind
        return
    if shutil.which(name) is None:
        raise SystemExit(f"{name} is not installed")
    port = ports.free()
    command = {"nginx": nginx, "caddy": caddy}[name](folder, port, behind)
    with (folder / f"{name}.out").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            if not ports.wait(process, port):
                raise SystemExit((folder / f"{name}.out").read_text())
            yield port
        finally:
            process.terminate()
            process.wait(30)


def head(address: str, kind: str, length: int, network: str) -> bytes:
    return (
        f"POST {address} HTTP/1.1\r\nHost: {ports.LOOPBACK}\r\nX-Forwarded-For: {network}\r\n"
        f"X-Slow-Network: {network}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def slow(port: int, many: int, one_network: bool, form: tuple[str, bytes, str], ended: Event) -> None:
    """Clients of three kinds, each opened again when it is closed."""
    address, body, kind = form
    lines: dict[int, tuple[socket.socket, bytes, int]] = {}
    while not ended.wait(1):
        for n in range(many):
            network = "198.51.100.7" if one_network else f"10.{n // 250}.{n % 250}.1"
            starts = [b"GET / HTTP/1.1\r\nX-Slow: ", head(address, kind, len(body), network), b""][n % 3]
            if n % 3 == 2:
                starts = head(address, kind, 20 * MB, network)
            if n not in lines:
                with suppress(OSError):
                    lines[n] = socket.create_connection((ports.LOOPBACK, port), timeout=1), starts, 0
                    lines[n][0].setblocking(False)
                    lines[n][0].send(starts)
                continue
            opened, starts, sent = lines[n]
            piece = (b"x", body[sent : sent + 1], (body + b"x" * 5000)[:5000] if not sent else b"x" * 5000)[n % 3]
            try:
                with suppress(BlockingIOError):
                    opened.send(piece)
                lines[n] = opened, starts, sent + len(piece)
                with suppress(BlockingIOError):
                    if not opened.recv(65536):
                        raise ConnectionResetError
            except OSError:
                opened.close()
                del lines[n]
    for opened, _, _ in lines.values():
        opened.close()


def pages(port: int, seconds: float) -> float:
    """The p95 of a page in seconds."""
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        with socket.create_connection((ports.LOOPBACK, port), timeout=60) as opened:
            asked = f"GET /c/stranded HTTP/1.1\r\nHost: {ports.LOOPBACK}\r\nX-Slow-Network: 203.0.113.5\r\n"
            opened.sendall(f"{asked}X-Forwarded-For: 203.0.113.5\r\nConnection: close\r\n\r\n".encode())
            got = b"".join(iter(lambda: opened.recv(65536), b""))
        if b" 200 " not in got[:20]:
            raise RuntimeError(got[:200])
        took.append(time.monotonic() - began)
        time.sleep(0.1)
    return statistics.quantiles(took, n=20)[-1]


def upload(port: int, form: tuple[str, bytes, str], network: str, arrived: list[bool]) -> None:
    """At 40 KB/s; whether its receipt came."""
    address, body, kind = form
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=120) as opened:
            opened.sendall(head(address, kind, len(body), network))
            began = time.monotonic()
            for at in range(0, len(body), 10_000):
                time.sleep(max(0, began + at / 40_000 - time.monotonic()))
                opened.sendall(body[at : at + 10_000])
            arrived.append(b" 303 " in opened.recv(1000))
    except OSError:
        arrived.append(False)


def measure(
    web: Served, view: CalloutView, port: int, given: argparse.Namespace, one: bool
) -> tuple[float, float, int]:
    """p95 quiet and held, and how many uploads arrived."""
    files = [(b"\0\0\0\x18ftypmp42" + secrets.token_bytes(given.megabytes * MB), "a.mp4")]
    forms = []
    for n in range(UPLOADERS + 1):
        page = web.page(view).get().fill(QuestionKind.LONG, f"{STORY} {n} {secrets.token_hex(4)}")
        page.typed["consent"] = "ask"
        forms.append(body_of(page, files=files if n else []))
    quiet, ended, arrived = pages(port, 10), multiprocessing.Event(), list[bool]()
    attack = multiprocessing.Process(target=slow, args=(port, given.clients, one, forms[0], ended))
    honest = [
        threading.Thread(target=upload, args=(port, form, f"203.0.113.{n}", arrived))
        for n, form in enumerate(forms[1:], 10)
    ]
    for thread in (attack, *honest):
        thread.start()
    time.sleep(3)
    held = pages(port, given.seconds)
    for thread in honest:
        thread.join()
    ended.set()
    attack.join()
    return quiet, held, sum(arrived)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--through", nargs="+", default=["direct", "nginx", "caddy"])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--own", dest="networks", action="store_const", const=[False], default=[False, True])
    which.add_argument("--one", dest="networks", action="store_const", const=[True])
    given = parser.parse_args()
    for name in given.through:
        for one in given.networks:
            with tempfile.TemporaryDirectory() as place, newsroom(Path(place)) as (database, view):
                Path(place).chmod(0o755)
                with served(database) as web:
                    web.config.write_text(web.config.read_text().replace("[web]", "[web]\nproxies = 1"))
                    web.start()
                    with through(name, web.port, Path(place)) as port:
                        quiet, held, arrived = measure(web, view, port, given, one)
            print(
                f"{name}, {'one network' if one else 'a network each'}: p95 {quiet * 1000:.0f} ms quiet, "
                f"{held * 1000:.0f} ms held, {held / quiet:.1f} x (aim: below {AIM:.0f} x); "
                f"{arrived} of {UPLOADERS} honest uploads arrived",
                flush=True,
            )


if __name__ == "__main__":
    main()
