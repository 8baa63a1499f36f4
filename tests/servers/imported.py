"""What forked processes (`forks.Fork`) need not import again: this is imported once, before the first of them."""

import gc
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import killed, killed_filing, killed_sending
from tests.front import impatient_web
from tests.servers import applications, network
from tipline import create_app
from tipline.cli import web, worker
from tipline.config import Settings
from tipline.db import Database, connect
from tipline.sealing import Master
from tipline.storage import LocalFiles

__all__ = ["impatient_web", "killed", "killed_filing", "killed_sending", "web", "worker"]

network.switch_off()
if applications.FOLDER in os.environ:  # not in a measurement, which wants the program as it is
    applications.share()
with TemporaryDirectory() as folder:  # compiles the rules
    create_app(Settings(), Database(connect("sqlite://"), Master(bytes(32)), LocalFiles(Path(folder))))
gc.freeze()  # no process looks for garbage among what all of them share
