from __future__ import annotations

import base64

import pytest

from xiuhua.gateway.credentials import hashed, matches, new_secret
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.roll import Roll

from .support.people import GATEWAY, OTHERS_SMOKE, PLAIN_GATEWAY, SECRET, SMOKE, SPEAKERS


def test_a_secret_is_128_bits_and_never_the_same():
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(base64.urlsafe_b64decode(secret + "==")) == 16 for secret in secrets)


def test_only_the_secret_itself_matches_its_hash():
    secret = new_secret()
    assert hashed(secret).startswith("sha256$")
    assert secret not in hashed(secret)
    assert matches(secret, hashed(secret))
    assert not matches(secret + "x", hashed(secret))
    assert not matches("", hashed(secret))


@pytest.mark.parametrize("stored", ["", "sha256$", "md5$abc", "密"])
def test_nothing_matches_a_foreign_or_empty_hash(stored: str):
    assert not matches("", stored)
    assert not matches(new_secret(), stored)


class TestRoll:
    roll = Roll(SPEAKERS)

    def test_lets_in_by_id_and_secret_alone(self):
        assert self.roll.log_in(SMOKE, SECRET) is not None
        assert self.roll.log_in(SMOKE, new_secret()) is None
        assert self.roll.log_in("tl04-smoke-9999", SECRET) is None
        assert self.roll.log_in("", "") is None

    def test_a_speaker_without_a_secret_may_not_log_in(self):
        assert self.roll.get("tl05-mute-0001") is not None
        assert self.roll.log_in("tl05-mute-0001", "") is None

    @pytest.mark.parametrize(
        ("speaker", "device", "may"),
        [
            (SMOKE, SMOKE, True),
            (GATEWAY, SMOKE, True),
            (GATEWAY, OTHERS_SMOKE, False),
            (SMOKE, GATEWAY, False),
            (GATEWAY, GATEWAY, False),  # a gateway is no sensor
            (GATEWAY, "tl04-smoke-9999", False),
            (SMOKE, "tl04-water-0001", False),
        ],
    )
    def test_who_may_speak_for_whom(self, speaker: str, device: str, *, may: bool):
        who = self.roll.get(speaker)
        assert who is not None
        assert self.roll.may_speak(who, device) is may

    def test_a_device_under_nobody_is_spoken_for_by_nobody_else(self):
        alone, nameless = Speaker("a", "", kind="smoke"), Speaker("", "")
        assert not Roll([alone, nameless]).may_speak(nameless, "a")

    def test_knows_who_speaks_of_people(self):
        speaks = [s.id for s in SPEAKERS if self.roll.speaks_of_people(s)]
        assert speaks == ["tl04-vehicle-0001", "tl04-door-0001", GATEWAY]
        assert PLAIN_GATEWAY not in speaks
