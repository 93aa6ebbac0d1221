"""The supervisor with real processes: what dies comes back, what is told to end ends in turn."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from xiuhua.supervisor import Patience, Program, Supervisor

PROMPT = Patience(first=0.0, longest=0.0, settled=60.0, tries=4, grace=5.0)
SLEEPER = "import signal; signal.pause()"


def python(name: str, code: str, *, ends: int = 0, **env: str) -> Program:
    """A program that runs a line of Python."""
    return Program(name=name, argv=[sys.executable, "-u", "-c", code], ends=ends, env=env)


async def until(fn: Callable[[], object]) -> None:
    """Poll from a thread, so that the supervisor goes on meanwhile."""
    await asyncio.to_thread(eventually, fn)


@asynccontextmanager
async def running(*programs: Program, patience: Patience = PROMPT) -> AsyncIterator[Supervisor]:
    """A supervisor at work; whatever the test leaves running is ended."""
    supervisor = Supervisor(programs, patience=patience, out=io.StringIO())
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        supervisor.stop()
        await asyncio.wait_for(task, 30)


def output(supervisor: Supervisor) -> str:
    """All it has printed."""
    assert isinstance(supervisor._out, io.StringIO)
    return supervisor._out.getvalue()


def gone(pid: int) -> bool:
    """Whether the process has ended, be it that nobody has asked for its exit code yet."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


async def test_a_child_that_dies_is_started_again() -> None:
    async with running(python("worker", SLEEPER)) as supervisor:
        await until(lambda: supervisor.pid("worker"))
        first = supervisor.pid("worker")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pid("worker") not in (None, first))
        assert "worker | ended (signal SIGKILL); starting it again" in output(supervisor)


async def test_what_cannot_stay_up_ends_everything_with_an_error() -> None:
    programs = [python("bad", "print('no disk'); raise SystemExit(3)"), python("good", SLEEPER)]
    supervisor = Supervisor(programs, patience=PROMPT, out=io.StringIO())
    assert await asyncio.wait_for(supervisor.run(), 30) == 1
    assert output(supervisor).count("bad  | no disk") == PROMPT.tries
    assert "bad could not stay up" in output(supervisor)
    assert supervisor.pid("good") is None


async def test_a_child_that_has_settled_is_never_given_up() -> None:
    patience = Patience(first=0.0, longest=0.0, settled=0.0, tries=2, grace=5.0)
    async with running(python("short", "print('hello')"), patience=patience) as supervisor:
        await until(lambda: output(supervisor).count("short | hello") >= 3)


async def test_programs_end_in_their_turn() -> None:
    code = (
        "import signal\n"
        "def end(*_): print('ending'); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end); print('ready')\n"
        "while True: signal.pause()"
    )
    programs = [python("gateway", code, ends=3), python("simulator", code, ends=1)]
    async with running(*programs) as supervisor:
        await until(lambda: output(supervisor).count("ready") == 2)
    said = output(supervisor)
    assert said.index("simulator | ending") < said.index("gateway   | ending")
    assert "killed" not in said


async def test_what_will_not_end_is_killed_with_all_it_started() -> None:
    stubborn = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])\n"
        "print('child', child.pid)\n"
        "while True: signal.pause()"
    )
    patience = Patience(first=0.0, longest=0.0, grace=0.1)
    async with running(python("stubborn", stubborn), patience=patience) as supervisor:
        await until(lambda: "child" in output(supervisor))
    assert "did not end within 0.1 s; killed" in output(supervisor)
    child = int(output(supervisor).partition("child ")[2].split()[0])
    await until(lambda: gone(child))


async def test_a_childs_own_environment_and_output_are_kept_apart() -> None:
    code = "import os, signal; print(os.environ['MINE']); signal.pause()"
    programs = [python("one", code, MINE="1st"), python("second", code, MINE="2nd")]
    async with running(*programs) as supervisor:
        await until(lambda: "2nd" in output(supervisor) and "1st" in output(supervisor))
    assert {"one    | 1st", "second | 2nd"} <= set(output(supervisor).splitlines())


async def test_a_companion_that_fails_stops_everything() -> None:
    async def fails() -> None:
        raise LookupError("the page never answered")

    supervisor = Supervisor([python("web", SLEEPER)], patience=PROMPT, out=io.StringIO())
    with pytest.raises(LookupError, match="the page never answered"):
        await asyncio.wait_for(supervisor.run(fails), 30)
    assert supervisor.pid("web") is None


UNDER = """
import sys
from xiuhua.supervisor import Program, run
line = "import os, signal; print('pid', os.getpid()); signal.pause()"
sys.exit(run([Program(name="child", argv=[sys.executable, "-u", "-c", line])]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
async def test_no_signal_to_the_supervisor_leaves_a_child_behind(number: signal.Signals) -> None:
    """SIGKILL too: it cannot be answered, so the kernel ends the children."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", UNDER, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    child = int((await process.stdout.readline()).split()[-1])
    process.send_signal(number)
    code = await asyncio.wait_for(process.wait(), 30)
    assert code == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    await until(lambda: gone(child))
