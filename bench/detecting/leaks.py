"""Leaks in WNTR's own models of water networks: pressure at a node and flow in a pipe, with the
demand of days and weeks, its noise, and the sensor's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .series import F64, Series, every
from .synthetic import HOUR

DAYS = 42
PLACES = (
    ("Net1", False, "22", "12", 0.004), ("Net1", False, "13", "111", 0.006),
    ("Net3", True, "119", "105", 0.006), ("Net3", True, "209", "189", 0.008),
)  # fmt: skip
"""Network, held out or not, node that leaks and is read, pipe that is read, hole in m2."""


def leaks() -> Iterator[Series]:
    """Two series a place, hourly; the leak runs from its start to its mend."""
    for number, (network, held, node, pipe, area) in enumerate(PLACES):
        random = np.random.default_rng([13, number])
        start = int(random.integers(24 * 20, 24 * 30))
        end = start + int(random.integers(24, 24 * 6))
        pressure, flow = _simulate(network, node, pipe, area, start, end, random)
        for what, true in (("pressure", pressure), ("flow", flow)):
            usual = float(np.std(true[:start]))
            value = true + random.normal(0, 0.03 * usual, len(true))
            name = f"{network}-{node if what == 'pressure' else pipe}-{what}"
            yield Series(
                name, "leaks", held, every(len(value), HOUR), value, [(start, min(end, len(value)))]
            )


def _simulate(
    network: str, node: str, pipe: str, area: float, start: int, end: int,
    random: np.random.Generator,
) -> tuple[F64, F64]:  # fmt: skip
    import wntr

    model = wntr.network.WaterNetworkModel(network)
    model.options.time.duration = DAYS * 24 * 3600
    model.options.time.hydraulic_timestep = 3600
    model.options.time.report_timestep = 3600
    model.options.time.pattern_timestep = 3600
    model.options.hydraulic.demand_model = "PDD"
    hours = np.arange(DAYS * 24)
    day = 1 + 0.35 * np.sin(2 * np.pi * (hours - 8) / 24) + 0.15 * np.sin(4 * np.pi * hours / 24)
    week = np.where(hours // 24 % 7 < 5, 1.0, 0.9)
    usual = day * week * (1 + 0.04 * random.normal(size=len(hours)))
    for name in list(model.pattern_name_list):
        pattern = model.get_pattern(name)
        if len(pattern.multipliers) > 2:
            pattern.multipliers = usual * float(np.mean(pattern.multipliers))
    model.get_node(node).add_leak(model, area=area, start_time=start * 3600, end_time=end * 3600)
    results = wntr.sim.WNTRSimulator(model).run_sim()
    pressure = results.node["pressure"][node].to_numpy()
    return pressure, results.link["flowrate"][pipe].to_numpy()
