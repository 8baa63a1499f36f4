"""How fast mail comes in here and in two help desks written in Python, on the same mails.

    python -m tests.bench.peers [messages]

django-helpdesk and Roundup are installed from the package index into an environment of their own, and read by their own
commands into SQLite: django-helpdesk the same Dovecot as tipline, Roundup a spool file, as its command takes no port.
Neither sends an answer; what else they do to a mail, each does its own way: tipline keeps the raw mail and indexes it.
"""

import mailbox
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.bench.intake import Best, empty_database, ours, stories
from tests.servers.dovecot import Dovecot

PACKAGES = ("django-helpdesk==2.6.1", "roundup==2.6.0")
HELPDESK = Path(__file__).with_name("peer_helpdesk.py")


def install(folder: Path) -> Path:
    """The folder of the environment's commands."""
    subprocess.run(["uv", "venv", "-q", folder / "peers"], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "--python", folder / "peers", *PACKAGES], check=True)
    return folder / "peers/bin"


def helpdesk(commands: Path, dovecot: Dovecot, user: str, folder: Path) -> tuple[int, float]:
    """How many tickets, in how many seconds. It deletes each mail that it has read."""
    run = [commands / "python", HELPDESK, folder, str(dovecot.port), user, dovecot.password]
    made, took = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()[-2:]
    return int(made), float(took)


def roundup(commands: Path, mails: list[bytes], folder: Path) -> tuple[int, float]:
    """How many issues, in how many seconds, the start of its command included: half a second."""
    home, spool = folder / "roundup", folder / "spool"
    admin = [commands / "roundup-admin", "-i", home]
    settings = "mail_domain=meridian.example,mail_host=127.0.0.1,tracker_web=http://127.0.0.1/,admin_email=a@x.example"
    subprocess.run([*admin, "install", "classic", "sqlite", settings], check=True, capture_output=True)
    with (home / "schema.py").open("a") as schema:  # whoever writes may write
        schema.write("\ndb.security.addPermissionToRole('Anonymous', 'Email Access')\n")
    subprocess.run([*admin, "initialise", "bench-password"], check=True, capture_output=True)
    box = mailbox.mbox(spool)
    for mail in mails:
        box.add(mail)
    box.close()
    began = time.perf_counter()
    quiet = os.environ | {"SENDMAILDEBUG": os.devnull}
    subprocess.run([commands / "roundup-mailgw", home, "mailbox", spool], check=True, env=quiet)
    took = time.perf_counter() - began
    found = subprocess.run([*admin, "list", "issue"], check=True, capture_output=True, text=True).stdout
    return len(found.splitlines()), took


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main(count: int = 300) -> None:
    mails, tipline = stories(count), Best()
    with tempfile.TemporaryDirectory() as name, Dovecot() as dovecot:
        folder = Path(name)
        commands = install(folder)
        dovecot.append("tipline", *mails)
        dovecot.append("helpdesk", *mails)
        for turn in range(2):  # the first looks load what they need
            with empty_database(_made(folder / f"tipline{turn}"), None) as database:
                tipline.run(count, partial(ours, dovecot, "tipline", database))
        peers = {
            "django-helpdesk": helpdesk(commands, dovecot, "helpdesk", folder),
            "Roundup": roundup(commands, mails, folder),
        }
    print(f"{'':16} filed   a second")
    print(f"{'tipline':16}{count:6}{tipline.a_second:11.0f}")
    for peer, (made, took) in peers.items():
        print(f"{peer:16}{made:6}{made / took:11.0f}    tipline: {tipline.a_second / (made / took):.1f} x")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
