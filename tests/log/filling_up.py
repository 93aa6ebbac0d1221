"""A process whose disk fills up under a log in SQLite, and is given room again.

Run as `python -m tests.log.filling_up PATH`; prints what happened, one word or number a line. The
limit on the size of a file stands for the full disk: only a process of its own can have one.
"""

from __future__ import annotations

import resource
import signal
import sys

from tests.log.entries import NOON, readings
from xiuhua.log.database import open_log
from xiuhua.log.errors import Refused

LIMIT = 400_000


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_log(sys.argv[1]) as log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, most))
        position = 0
        try:
            while True:
                position = log.append(readings(*range(100)), NOON)
        except Refused as error:
            say(position, error.permanent, log.head()[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        say(log.append(readings(1), NOON))


def say(*words: object) -> None:
    sys.stdout.writelines(f"{word}\n" for word in words)


if __name__ == "__main__":
    main()
