"""Kill the real worker and web processes at random moments while mail and forms come in; then say what was lost.

    python -m tests.chaos [kills] [messages] [--postgresql] [--seed=N]

200 kills over 500 messages take five to ten minutes. It ends with 0 lost, 0 twice, 0 wrong, or exit code 1.
"""

import sys
import time

from tests.chaos.run import Storm, in_passing


def main(arguments: list[str]) -> int:
    numbers = [int(one) for one in arguments if one.isdecimal()]
    seed = next((int(one.removeprefix("--seed=")) for one in arguments if one.startswith("--seed=")), 1)
    kills, messages = (*numbers, *(200, 500)[len(numbers) :])
    wanted = Storm(kills, messages, "--postgresql" in arguments, seed)
    began = time.monotonic()
    verdict = in_passing(wanted)
    print(f"{wanted.kills} kills, {time.monotonic() - began:.0f} s, seed {seed}")
    print(", ".join(f"{n} × {what}" for what, n in sorted(verdict.seen.items())))
    for name in ("lost", "twice", "wrong"):
        found = getattr(verdict, name)
        print(f"{name}: {len(found)}")
        for line in found[:20]:
            print(f"  {line}")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
