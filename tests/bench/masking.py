"""What it costs that a person who opens no identities reads masked texts: each page once as it is, once masked.

uv run python -m tests.bench.masking [--rounds 20]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient

from tests.arrivals import mail
from tests.fixtures_db import KEY, make_cast
from tests.fixtures_web import sign_in
from tipline import create_app
from tipline.config import Settings
from tipline.core import intake
from tipline.db import Database, connect
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles

TIPS = 60
STORY = "I am {name}, stuck since March. " + "The embassy answers no letter, and the border is shut. " * 30


def seconds(client: FlaskClient, path: str, rounds: int) -> float:
    """The median of some visits."""
    taken = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        assert client.get(path).status_code == 200
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/tipline.db")
        migrate(engine)
        database = Database(engine, Master(KEY), LocalFiles(Path(folder, "files")))
        with database.writing() as session:
            cast = make_cast(session)
            for n in range(TIPS):
                name, sender = f"Quixana{n} Zebedrova{n}", f"q{n}@mail.example"
                arrival = mail(
                    STORY.format(name=name), callout_id=cast.borders, sender=sender, name=name, message_id=str(n)
                )
                tip_id = intake.receive(session, arrival).tip_id
            session.commit()
        app = create_app(Settings(), database)
        plain, masked = sign_in(app.test_client(), cast.bob), sign_in(app.test_client(), cast.dave)
        for path in ("/desk", "/desk?q=embassy", f"/desk/tips/{tip_id}", "/desk/facts"):
            before, after = seconds(plain, path, rounds), seconds(masked, path, rounds)
            print(f"{path:24} {before * 1000:7.1f} ms  masked {after * 1000:7.1f} ms  {after / before:5.2f} x")


if __name__ == "__main__":
    main()
