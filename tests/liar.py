"""A process that a file has taken over: it says that gigabytes come, and sends them."""

import sys

if __name__ == "__main__":
    sys.stdin.buffer.readline()
    sys.stdout.buffer.write(b"\xff\xff\xff\xff")
    while True:
        sys.stdout.buffer.write(bytes(1_000_000))
