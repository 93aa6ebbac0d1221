"""Keeps a few processes running together: starts them, prefixes what they say, restarts what dies,
ends them in order. `xiuhua up` and `xiuhua demo` stand on it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded here: between fork and exec is no time to


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process to keep running. `ends` is its turn when all are stopped: low numbers first."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ends: int = 0


def house() -> list[Program]:
    """The four processes. The gateway ends last, so that devices are heard as long as possible."""

    def program(name: str, ends: int) -> Program:
        return Program(name=name, argv=[sys.executable, "-m", "xiuhua", name], ends=ends)

    return [program("gateway", 2), program("worker", 1), program("web", 1), program("clock", 1)]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait before and between restarts, all in seconds.

    The pause doubles from `first` to `longest` with each death. A process that lived for `settled`
    begins anew; one that dies `tries` times without settling is given up. `grace` is how long it
    may take to end when asked, before it is killed.
    """

    first: float = 0.5
    longest: float = 15.0
    settled: float = 30.0
    tries: int = 6
    grace: float = 20.0


class Supervisor:
    """Runs programs until it is told to stop, or until one of them cannot stay up."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        patience: Patience | None = None,
        out: TextIO = sys.stdout,
    ) -> None:
        self._programs = programs
        self._patience = patience or Patience()
        self._out = out
        self._width = max(len(program.name) for program in programs)
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._gave_up: list[str] = []

    def stop(self) -> None:
        """Ask everything to end; `run` returns when it has."""
        self._stopping.set()

    def pid(self, name: str) -> int | None:
        """The process now running under that name, if any."""
        process = self._running.get(name)
        return process.pid if process else None

    async def run(self, beside: Callable[[], Awaitable[None]] | None = None) -> int:
        """Start all, keep them up, and return the exit code: 1 if one could not stay up, else 0.

        `beside` runs along with them and ends with them; what it raises stops everything.
        """
        keepers = [asyncio.create_task(self._keep(program)) for program in self._programs]
        companion = asyncio.create_task(self._accompany(beside)) if beside else None
        await self._stopping.wait()
        await self._end_in_turn()
        await asyncio.gather(*keepers)
        if companion:
            companion.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await companion
        for name in self._gave_up:
            self.say("up", f"{name} could not stay up; its last words are above")
        return 1 if self._gave_up else 0

    def say(self, name: str, line: str) -> None:
        """One line of output, marked with who says it."""
        print(f"{name:<{self._width}} | {line}", file=self._out, flush=True)

    async def _accompany(self, beside: Callable[[], Awaitable[None]]) -> None:
        try:
            await beside()
        except BaseException:
            self.stop()
            raise

    async def _keep(self, program: Program) -> None:
        loop = asyncio.get_running_loop()
        pause, deaths = self._patience.first, 0
        while not self._stopping.is_set():
            born = loop.time()
            code = await self._run_once(program)
            if self._stopping.is_set():
                return
            if loop.time() - born >= self._patience.settled:
                pause, deaths = self._patience.first, 0
            deaths += 1
            if deaths >= self._patience.tries:
                self._gave_up.append(program.name)
                self.stop()
                return
            self.say(program.name, f"ended ({_how(code)}); starting it again in {pause:g} s")
            await self._wait_unless_stopping(pause)
            pause = min(pause * 2, self._patience.longest)

    async def _run_once(self, program: Program) -> int:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            env={**os.environ, **program.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C reaches us alone: we end them in turn
            preexec_fn=_end_with_parent,
        )
        self._running[program.name] = process
        if self._stopping.is_set():  # asked to stop while this one was being born
            _signal_group(process.pid, signal.SIGTERM)
        await self._relay(program.name, process)
        code = await process.wait()
        del self._running[program.name]
        return code

    async def _relay(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the stream's buffer, which is dropped
                self.say(name, "(a line too long to show)")
                continue
            if not line:
                return
            self.say(name, line.decode(errors="replace").rstrip())

    async def _wait_unless_stopping(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _end_in_turn(self) -> None:
        for turn in sorted({program.ends for program in self._programs}):
            names = [program.name for program in self._programs if program.ends == turn]
            await asyncio.gather(*(self._end(name) for name in names))

    async def _end(self, name: str) -> None:
        process = self._running.get(name)
        if process is None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self._patience.grace)
        except TimeoutError:
            self.say(name, f"did not end within {self._patience.grace:g} s; killed")
        _signal_group(process.pid, signal.SIGKILL)  # whatever it started and left behind, too


def run(
    programs: Sequence[Program], *, beside: Callable[[Supervisor], Awaitable[None]] | None = None
) -> int:
    """Keep programs running until Ctrl-C or SIGTERM; returns the exit code."""

    async def main() -> int:
        supervisor = Supervisor(programs)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, supervisor.stop)
        return await supervisor.run((lambda: beside(supervisor)) if beside else None)

    return asyncio.run(main())


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _end_with_parent() -> None:
    """In the child, before it starts: die if we are killed so hard that we cannot end it."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
