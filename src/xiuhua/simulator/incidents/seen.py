"""What a camera sees: an event with how sure it is and a reference to its picture."""

from xiuhua.neighbourhood import Device
from xiuhua.simulator.signals import Scene

from . import Cue
from .acts import Value


def event(cue: Cue, device: Device, name: str, number: int = 0, **more: Value) -> dict[str, Value]:
    """The fields of one event; the picture's reference is opaque. Nine in ten the camera is four
    fifths sure of or more, and of three in a hundred less than three fifths."""
    rng = cue.chance("seen", device.id, name, number)
    return {
        "event": name,
        "confidence": round(0.98 - 0.6 * float(rng.beta(1.0, 3.5)), 3),
        "media": f"m-{rng.bytes(8).hex()}",
        **more,
    }


def cameras(scene: Scene, *tags: str) -> list[Device]:
    """The cameras with one of these tags; every camera where none has it."""
    every = scene.stage.kind("camera")
    return [camera for camera in every if set(tags).intersection(camera.tags)] or every
