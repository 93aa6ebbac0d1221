"""Vehicle: the compound's own cars come and go; their plates are read at the barrier."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import IN, OUT, SECOND, arrivals
from xiuhua.simulator.rows import Rows, Span

from . import Scene, signal
from .common import one_of


@signal("vehicle")
def vehicle(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    known = scene.stage.members(f"vehicles@{device.site}")
    passages = min(1.2 * len(known), 250.0)
    inward = arrivals(rng, span, passages, IN, least=3 * SECOND)
    outward = arrivals(rng, span, passages, OUT, least=3 * SECOND)
    sizes = [len(inward), len(outward)]
    time = np.concatenate((inward, outward))
    rows = Rows(
        time,
        {
            "plate": one_of(known, len(time), rng),
            "direction": np.repeat(np.array(["in", "out"], dtype=object), sizes),
            "confidence": rng.beta(80, 1.5, len(time)),
        },
    )
    return rows.take(np.argsort(time, kind="stable"))
