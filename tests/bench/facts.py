"""How well and how fast facts are read out of stories: a table per kind and language, and texts a second.

    python -m tests.bench.facts [--misses]

"Held" are the texts that were not looked at while the rules were made: what to expect of a new story.
"""

import argparse
import time
from collections.abc import Iterable

from tests.core.fact_extraction import marked
from tests.core.fact_extraction.marked import Marked
from tipline.core.fact_extraction import MAX_CHARACTERS, notice

ROUNDS = 20


def table(title: str, some: Iterable[Marked]) -> None:
    for kind, score in marked.scores(some).items():
        print(
            f"{title:14} {kind.value:9} precision {score.precision:5.2f}  recall {score.recall:5.2f}"
            f"   right {score.right:3}  wrong {score.wrong:3}  missed {score.missed:3}"
        )


def misses(some: Iterable[Marked]) -> None:
    for one in some:
        told = marked.verdict(one)
        if told.wrong or told.missed:
            print(one.text.strip()[:60].replace("\n", " "))
            print("    wrong ", sorted(told.wrong))
            print("    missed", sorted(told.missed))


def speed(texts: tuple[Marked, ...]) -> None:
    mean = sum(len(one.text) for one in texts) // len(texts)
    notice("", texts[0].written)
    began = time.process_time()
    for _ in range(ROUNDS):
        for one in texts:
            notice(one.text, one.written)
    took = time.process_time() - began
    print(f"{ROUNDS * len(texts) / took:.0f} texts a second, of {mean} characters")
    long = "\n".join(one.text for one in texts) * 20
    began = time.process_time()
    notice(long, texts[0].written)
    print(f"{time.process_time() - began:.2f} s for {MAX_CHARACTERS} characters of stories")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--misses", action="store_true", help="show what is wrong or missed, but for the held")
    arguments = parser.parse_args()
    texts = marked.texts()
    for language in ("en", "zh-Hans", "zh-Hant"):
        for held in (False, True):
            table(
                f"{language}{' held' if held else ''}", [t for t in texts if (t.language, t.held) == (language, held)]
            )
    table("all, held", [t for t in texts if t.held])
    table("all", texts)
    speed(texts)
    if arguments.misses:
        misses(t for t in texts if not t.held)


if __name__ == "__main__":
    main()
