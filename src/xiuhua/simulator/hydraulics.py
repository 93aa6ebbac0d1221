"""A day in the water pipes, computed by EPANET through `wntr`.

Every site has a ring main fed from the city's main at two points; each gauge sits at a hydrant at
the end of a short branch. `wntr` takes seconds to import: `pipes` runs this in a process beside.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wntr.network import WaterNetworkModel

STEP_SECONDS = 300
STEPS = 24 * 3600 // STEP_SECONDS
PASCAL_PER_METRE = 9806.65
MAIN_HEAD = 36.0
"""Head of the city's main when nobody draws, m above the datum."""
MAIN_DIP = 0.06
"""The part of that head which a mean draw of the whole town takes."""
GROUND = 4.0
"""Height of the streets above the datum, m."""
BURST = 0.08
"""Emitter coefficient of a broken branch, m3/s per m^0.5."""

_HOURS = (
    0.35, 0.28, 0.25, 0.25, 0.35, 0.70, 1.40, 1.70, 1.35, 1.05, 0.95, 1.05,
    1.20, 1.00, 0.85, 0.85, 1.00, 1.30, 1.60, 1.70, 1.50, 1.20, 0.85, 0.55,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hydrant:
    """A gauge and where it stands (degrees)."""

    id: str
    site: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Day:
    """Pressure (Pa) and flow (m3/h) of each hydrant at every fifth minute of a day, by column."""

    pressure: NDArray[np.float64]
    flow: NDArray[np.float64]


def solve(hydrants: tuple[Hydrant, ...], burst: str = "") -> Day:
    """The day's pressure and flow; with `burst`, the branch of that hydrant is broken."""
    import wntr

    names = {hydrant.id: f"h{at}" for at, hydrant in enumerate(hydrants)}  # EPANET's are short
    network = _network(hydrants, names)
    if burst:
        network.get_node(names[burst]).emitter_coefficient = BURST
    with tempfile.TemporaryDirectory() as folder:
        run = wntr.sim.EpanetSimulator(network).run_sim(file_prefix=str(Path(folder) / "day"))
    gauges = list(names.values())
    head = run.node["pressure"][gauges].to_numpy(np.float64)[:STEPS]
    taken = run.node["demand"][gauges].to_numpy(np.float64)[:STEPS]
    return Day(np.maximum(head, 0.0) * PASCAL_PER_METRE, taken * 3600)


def _network(hydrants: tuple[Hydrant, ...], names: Mapping[str, str]) -> WaterNetworkModel:
    from wntr.network import WaterNetworkModel

    network = WaterNetworkModel()
    network.add_pattern("day", list(_HOURS))
    network.add_pattern("main", [1 - MAIN_DIP * drawn for drawn in _HOURS])
    time = network.options.time
    time.duration, time.pattern_timestep = 24 * 3600, 3600
    time.hydraulic_timestep = time.report_timestep = STEP_SECONDS
    by_site = sorted(hydrants, key=lambda hydrant: hydrant.site)
    for number, (_, members) in enumerate(groupby(by_site, lambda hydrant: hydrant.site)):
        _add_ring(network, f"m{number}", list(members), names)
    return network


def _add_ring(
    network: WaterNetworkModel, main: str, hydrants: list[Hydrant], names: Mapping[str, str]
) -> None:
    """A reservoir for the city's main, a ring of junctions around the middle, a branch to each."""
    lon = sum(hydrant.lon for hydrant in hydrants) / len(hydrants)
    lat = sum(hydrant.lat for hydrant in hydrants) / len(hydrants)
    around = sorted(hydrants, key=lambda one: math.atan2(one.lat - lat, one.lon - lon))
    ring = [f"{names[hydrant.id]}r" for hydrant in around]
    network.add_reservoir(main, base_head=MAIN_HEAD, head_pattern="main")
    for hydrant, junction in zip(around, ring, strict=True):
        branch = names[hydrant.id]
        network.add_junction(junction, elevation=GROUND, base_demand=0.003, demand_pattern="day")
        network.add_junction(branch, elevation=GROUND, base_demand=0.001, demand_pattern="day")
        _add_pipe(network, junction, branch, length=20, width=0.10)
    for at in range(len(around) if len(around) > 2 else len(around) - 1):
        one, other = around[at], around[(at + 1) % len(around)]
        apart = math.dist((one.lon, one.lat), (other.lon, other.lat)) * 1e5
        next_junction = ring[(at + 1) % len(ring)]
        _add_pipe(network, ring[at], next_junction, length=max(apart, 30.0), width=0.2)
    _add_pipe(network, main, ring[0], length=80, width=0.25)
    if len(ring) > 1:
        _add_pipe(network, main, ring[len(ring) // 2], length=90, width=0.2)


def _add_pipe(
    network: WaterNetworkModel, start: str, end: str, *, length: float, width: float
) -> None:
    network.add_pipe(f"{start}-{end}", start, end, length=length, diameter=width, roughness=110.0)
