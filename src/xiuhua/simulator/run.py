"""The three runs: a live neighbourhood, a recorded series, months straight into history."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xiuhua import kinds
from xiuhua.epoch import now_ms
from xiuhua.neighbourhood import Device, Neighbourhood
from xiuhua.tokens import master_key

from . import recorded as series
from .chance import chance
from .clock import Clock
from .options import (
    OptionError,
    Options,
    make_scene,
    make_transport,
    make_voices,
    make_world,
    read_pilot,
)
from .player import next_incident, play, telling
from .progress import Progress, summary
from .signals import Scene
from .transports import Transport
from .truth import Truth
from .world import Spoken, World


@dataclass(frozen=True, kw_only=True)
class Part:
    """A recorded series and the device that plays it; `shift` moves its end to that moment."""

    file: Path
    device: str
    field: str
    column: str
    scale: tuple[float, float]
    shift: int | None


def live(options: Options, *, truth: Path | None, readings: int | None) -> str:
    """Play the neighbourhood until interrupted, or so many readings; returns what to say."""
    hood = read_pilot(options.pilot)
    voices = make_voices(options, hood)
    with _scene(options, hood) as scene, _telling(truth) as teller:

        async def playing(transport: Transport) -> None:
            await transport.ready()
            start = now_ms() - options.past
            world = make_world(options, scene, start)
            clock = Clock(start=start, speed=options.speed, wall=now_ms)
            stream: Iterator[Spoken] = (one for one in world.stream(start) if one.device in voices)
            if teller is not None:
                teller.faults(world.wrong_clocks())
                stream = telling(stream, world.schedule, teller)
            async with _progress(transport, clock.now, lambda: _coming(world, clock.now())):
                await play(islice(stream, readings), clock, transport)
                await transport.drain()

        mute = len(hood.devices) - len(voices)
        note = f" {mute} devices have no secret and said nothing." if mute else ""
        return asyncio.run(_carrying(options, voices, playing)) + note


def recorded(options: Options, part: Part) -> str:
    """Play a recorded series in order, each reading once, and wait for all acknowledgements."""
    hood = read_pilot(options.pilot)
    device = _device(hood, part.device)
    field = series.field_of(kinds.kind(device.kind), part.field)
    recording = series.load(part.file, part.column).scaled(*part.scale)
    if part.shift is not None:
        recording = recording.shifted(part.shift)
    voices = make_voices(options, hood)
    if device.id not in voices:
        raise OptionError(f"{options.credentials} holds no secret of {device.id} or its gateway")

    async def playing(transport: Transport) -> None:
        await transport.ready()
        began, first = now_ms(), int(recording.time[0])
        async with _progress(transport, now_ms, lambda: part.file.name):
            for moment, line in recording.lines(device.id, field):
                await _until(began + (moment - first) / options.speed)
                await transport.send(device.id, line)
            await transport.drain()

    said = asyncio.run(_carrying(options, {device.id: voices[device.id]}, playing))
    return f"{part.file.name} as {device.id} {field.name}: {said}"


def archive(
    options: Options, root: Path, *, until: int, home: Path | None, truth: Path | None
) -> str:
    """Write the past straight into a folder of history; returns what to say."""
    from .transports.parquet import Archive

    start = until - options.past
    hood = read_pilot(options.pilot)
    master = master_key(home) if home else chance(options.seed, "master").bytes(32)
    began, rows = time.monotonic(), 0
    with _scene(options, hood) as scene, _telling(truth) as teller:
        world = make_world(options, scene, start)
        if teller is not None:
            teller.faults(world.wrong_clocks())
        made = Archive(world, root, start=start, master=master)
        made.write_ledger()
        for done in made.write(start, until):
            rows += done.rows
            if teller is not None:
                teller.incidents(world.schedule.between(done.span))
                teller.faults(done.faults)
            sys.stderr.write(f"{done.day}  {done.rows} readings\n")
    spent = time.monotonic() - began
    return f"{rows} readings in {root}, in {spent:.1f} s ({rows / spent:,.0f}/s)."


@contextmanager
def _scene(options: Options, hood: Neighbourhood) -> Iterator[Scene]:
    scene = make_scene(options, hood)
    try:
        yield scene
    finally:
        scene.pipes.close()


@contextmanager
def _telling(path: Path | None) -> Iterator[Truth | None]:
    if path is None:
        yield None
        return
    with path.open("wb") as file:
        yield Truth(file)


@asynccontextmanager
async def _progress(
    transport: Transport, now: Callable[[], int], coming: Callable[[], str]
) -> AsyncIterator[None]:
    task = asyncio.create_task(Progress(transport.counters, now, coming).run())
    try:
        yield
    finally:
        task.cancel()


async def _carrying(
    options: Options,
    voices: Mapping[str, str],
    playing: Callable[[Transport], Coroutine[None, None, None]],
) -> str:
    """Play to a transport until done or told to stop (SIGINT, SIGTERM); returns what to say."""
    transport = make_transport(options, voices)
    task = asyncio.create_task(playing(transport))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    try:
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
    finally:
        await transport.close()
    return summary(transport.counters)


async def _until(moment: float) -> None:
    """Wait until that moment, epoch ms."""
    while (pause := (moment - now_ms()) / 1_000) > 0:  # noqa: ASYNC110  time tells nobody
        await asyncio.sleep(pause)


def _coming(world: World, now: int) -> str:
    following = next_incident(world.schedule, now)
    if following is None:
        return ""
    return f"in {(following.since - now) // 1_000} s: {following.script.en}, {following.place}"


def _device(hood: Neighbourhood, name: str) -> Device:
    for device in hood.devices:
        if device.id == name:
            return device
    raise OptionError(f"--device {name!r}: no such device in the neighbourhood; see devices.csv")
