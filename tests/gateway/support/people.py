"""Who speaks in these tests, and why each is there."""

from __future__ import annotations

from xiuhua.gateway.allowance import Allowance
from xiuhua.gateway.credentials import hashed, new_secret
from xiuhua.gateway.intake import Form, Intake, Message, Taken
from xiuhua.gateway.plates import Plates
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.roll import Roll
from xiuhua.tokens import plate_token, site_key

SECRET = new_secret()
"""Everybody's here; each test run has its own."""

NOW = 1_790_000_100_000
MASTER = b"a key that only the tests know.."
PLATE, STRANGE_PLATE = "沪A·12345", "苏E·99999"
KNOWN_TOKEN = plate_token(site_key(MASTER, "tl04"), PLATE)

SMOKE, WATER, VEHICLE = "tl04-smoke-0001", "tl04-water-0001", "tl04-vehicle-0001"
DOOR, CAMERA, ODD = "tl04-door-0001", "tl04-camera-0001", "tl04-odd-0001"
GATEWAY, PLAIN_GATEWAY, OTHERS_SMOKE = "tl04-gw-01", "tl05-gw-01", "tl05-smoke-0001"


def device(name: str, kind: str, under: str = GATEWAY) -> Speaker:
    return Speaker(name, hashed(SECRET), kind=kind, site=name[:4], under=under)


SPEAKERS = (
    device(SMOKE, "smoke"),
    device(WATER, "water"),
    device(VEHICLE, "vehicle"),
    device(DOOR, "door"),
    device(CAMERA, "camera"),
    device(ODD, "gravity"),  # a kind that nobody has registered
    Speaker(GATEWAY, hashed(SECRET), site="tl04"),
    device(OTHERS_SMOKE, "smoke", under=PLAIN_GATEWAY),
    Speaker(PLAIN_GATEWAY, hashed(SECRET), site="tl05"),  # no personal kind under it
    Speaker("tl05-mute-0001", "", kind="smoke", site="tl05"),  # may not log in
)


def intake(allowance: Allowance | None = None) -> Intake:
    """A door's table with all of these in its roll, and one plate on tl04's list."""
    plates = Plates(MASTER)
    plates.know({"tl04": [KNOWN_TOKEN]})
    return Intake(plates, Roll(SPEAKERS), allowance)


def take(
    body: bytes,
    *,
    speaker: str = SMOKE,
    device: str | None = SMOKE,
    form: Form = "json",
    door: str = "mqtt",
    now: int = NOW,
    into: Intake | None = None,
) -> Taken:
    """What a message of this speaker comes to."""
    table = into or intake()
    who = table.roll.get(speaker)
    assert who is not None, speaker
    return table.take(Message(body, door, who, device, now, form))
