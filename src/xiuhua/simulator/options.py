"""What a run of the simulator is asked for, checked once, and the parts made from it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xiuhua import neighbourhood
from xiuhua.neighbourhood import Neighbourhood

from .faults import PROFILES
from .pipes import Pipes
from .schedule import Demo, Natural, Quiet, Schedule, Scripted
from .signals import Scene
from .stage import Stage
from .transports import Transport, credentials
from .transports.http import Http
from .transports.mqtt import Mqtt
from .transports.stdout import Stdout
from .weather import Weather
from .world import World, load


class OptionError(ValueError):
    """Options that do not fit: which, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One run, which begins `past` ms before now."""

    pilot: Path
    only: tuple[str, ...]
    seed: int
    past: int
    speed: float
    schedule: str
    faults: str
    way: Literal["mqtt", "http", "stdout"]
    mqtt: tuple[str, int]
    http: str
    credentials: Path | None
    standing: int


def read_pilot(folder: Path) -> Neighbourhood:
    """The neighbourhood; raises OptionError where it cannot be used."""
    try:
        return neighbourhood.load(folder)
    except neighbourhood.PilotError as error:
        raise OptionError(str(error)) from error


def make_scene(options: Options, hood: Neighbourhood) -> Scene:
    """What surrounds the devices. Begins to compute the water pipes beside. Raises OptionError."""
    load()
    if options.faults not in PROFILES:
        raise OptionError(f"--faults {options.faults!r}: there are {', '.join(PROFILES)}")
    stage = Stage(hood, options.only)
    if not stage.devices:
        raise OptionError(f"--only {' '.join(options.only)}: no device is of such a kind or site")
    pipes = Pipes(stage.kind("water"))
    pipes.start()
    return Scene(options.seed, stage, Weather(options.seed), pipes)


def make_world(options: Options, scene: Scene, start: int) -> World:
    """Everything that will be said from `start` (epoch ms) on. Raises ScriptError."""
    return World(scene, _schedule(options, scene, start), PROFILES[options.faults])


def _schedule(options: Options, scene: Scene, start: int) -> Schedule:
    match options.schedule:
        case "natural":
            return Natural(scene)
        case "demo":
            return Demo(scene, start=start, speed=options.speed)
        case "quiet":
            return Quiet()
        case path:
            return Scripted(scene, Path(path), start=start)


def make_transport(options: Options, voices: Mapping[str, str]) -> Transport:
    """The way out, already connecting. Must be called inside a running event loop."""
    if options.way == "stdout":
        return Stdout(sys.stdout.buffer)
    secrets = read_secrets(options)
    if options.way == "http":
        return Http(options.http, voices, secrets)
    return Mqtt(options.mqtt, voices, secrets, standing=options.standing)


def read_secrets(options: Options) -> dict[str, str]:
    """The secrets by id; raises OptionError where none were given, TransportError if unreadable."""
    if options.credentials is None:
        raise OptionError(
            "the doors let nobody in without a secret: give --credentials FILE (id,secret); "
            "`xiuhua load pilot` with XIUHUA_DEMO=1 writes HOME/demo/credentials.csv"
        )
    return credentials.read(options.credentials)


def make_voices(options: Options, hood: Neighbourhood) -> dict[str, str]:
    """Who speaks for each device; for standard output everybody does. Raises OptionError where
    nobody can speak at all."""
    if options.way == "stdout":
        return {device.id: device.id for device in hood.devices}
    voices = credentials.speakers(hood.devices, read_secrets(options))
    if not voices:
        raise OptionError(f"{options.credentials} holds no secret of any device or gateway here")
    return voices
