"""A process that appends to a log until it is killed, and says what was acknowledged.

Run as `python -m tests.log.appending WHERE`; prints one acknowledged position a line.
"""

from __future__ import annotations

import sys

from tests.log.entries import NOON, readings
from xiuhua.log.database import open_log


def main() -> None:
    with open_log(sys.argv[1]) as log:
        position = log.head()[0]
        while True:
            position = log.append(readings(position + 1), NOON + position)
            sys.stdout.write(f"{position}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
