"""Processes of the house that start at once: forked from one that has imported everything.

Of the two or three seconds of processor time that a start of the house's processes costs, nearly
all goes to imports. Whoever kills hundreds of them pays that once: `Nursery` starts this module as
a program in the house's environment; it imports what the processes import, opens nothing, and forks
a child for each `start`, which then runs the same command as `python -m xiuhua PART`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


class Forked:
    """A child of the nursery; as much of `subprocess.Popen` as a house needs."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """What it returned, -9 where that signal ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ended(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """What it returned. Raises TimeoutExpired."""
        until = time.monotonic() + (timeout or 60)
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 60)
            _between.wait(0.005)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended already."""
        if self.poll() is None:
            os.kill(self.pid, number)  # nobody else has its id: the nursery has not reaped it

    def kill(self) -> None:
        """Kill -9."""
        self.send_signal(signal.SIGKILL)


_between = threading.Event()  # never set: waiting on it hands the processor to others


class Nursery:
    """One house's. Used by one thread."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm"], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def start(self, part: str, out: Path) -> Forked:
        """Run `xiuhua PART`, which prints to the end of `out`."""
        return Forked(self, int(self._ask(f"start {part} {out}")))

    def ended(self, pid: int) -> int | None:
        """What a child returned, None while it runs. To be asked until it is told, and no more."""
        answer = self._ask(f"ended {pid}")
        return None if answer == "no" else int(answer)

    def close(self) -> None:
        """End it; what it has started and what still runs is killed."""
        self._process.communicate(timeout=30)

    def _ask(self, question: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        answer = self._process.stdout.readline().strip()
        assert answer, f"the nursery has ended: {self._process.poll()}"
        return answer


# The program


def _warm() -> None:
    """Import what the processes import. No thread of ours, no connection, no file may be open."""
    from xiuhua import cli

    cli._django()
    import uvicorn  # noqa: F401
    import uvloop  # noqa: F401

    import xiuhua.city.asgi
    import xiuhua.city.road.ports
    import xiuhua.city.road.sink
    import xiuhua.city.urls
    import xiuhua.clock
    import xiuhua.gateway.service
    import xiuhua.gateway.tls
    import xiuhua.history.writer
    import xiuhua.log.database
    import xiuhua.log.postgres
    import xiuhua.runners.local  # noqa: F401

    assert threading.active_count() == 1, "a thread does not live on in a fork"


def _serve() -> str | None:
    """Answer on standard output until standard input ends. In a child: the part it is to run."""
    running: set[int] = set()
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        for line in sys.stdin:
            what, rest = line.rstrip("\n").split(" ", 1)
            if what == "ended":
                pid, status = os.waitpid(int(rest), os.WNOHANG)
                running.discard(pid)
                answers.write(f"{os.waitstatus_to_exitcode(status) if pid else 'no'}\n")
                continue
            part, out = rest.split(" ", 1)
            pid = os.fork()
            if not pid:
                _let_go(out)
                return part
            running.add(pid)
            answers.write(f"{pid}\n")
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    return None


def _let_go(out: str) -> None:
    """The child has nothing of the nursery's but its modules."""
    nothing, said = os.open(os.devnull, os.O_RDONLY), os.open(out, os.O_WRONLY | os.O_APPEND)
    for old, new in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(old, new)
    os.close(nothing)
    os.close(said)


def _main() -> None:
    _warm()
    part = _serve()
    if part is not None:
        from xiuhua import cli

        sys.argv = ["xiuhua", part]
        cli.main()


if __name__ == "__main__":
    _main()
