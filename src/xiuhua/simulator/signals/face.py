"""Face: the gate matches the enrolled on itself and speaks an opaque token, per passage."""

import numpy as np

from xiuhua.neighbourhood import Device
from xiuhua.simulator.rhythm import IN, OUT, SECOND, arrivals
from xiuhua.simulator.rows import Rows, Span, words

from . import Scene, signal
from .common import one_of

STRANGERS = 0.35
"""The part of passages by couriers, guests and those who did not enrol."""


@signal("face")
def face(scene: Scene, device: Device, span: Span, rng: np.random.Generator) -> Rows:
    passages = scene.trait(device, "passages", 60, 160)
    inward = arrivals(rng, span, passages, IN, least=SECOND)
    outward = arrivals(rng, span, passages, OUT, least=SECOND)
    size = len(inward) + len(outward)
    enrolled = scene.stage.members(f"faces@{device.site}")
    person = one_of(enrolled, size, rng) if enrolled else words(size)
    strange = rng.random(size) < STRANGERS
    person[strange] = None
    time = np.concatenate((inward, outward))
    rows = Rows(
        time,
        {
            "person": person,
            "confidence": np.where(strange, np.nan, rng.beta(60, 2, size)),
            "live": np.ones(size, dtype=np.bool_),
            "direction": np.repeat(
                np.array(["in", "out"], dtype=object), [len(inward), len(outward)]
            ),
        },
    )
    return rows.take(np.argsort(time, kind="stable"))
