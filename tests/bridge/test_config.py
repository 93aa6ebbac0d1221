"""A bridge's file: what is wrong with it is said with its place, and never with a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from xiuhua.bridge import config
from xiuhua.bridge.errors import BridgeError
from xiuhua.bridge.run import described

GOOD = """
name = "estate"
[door]
user = "tl04-gw-01"
password_env = "XIUHUA_TEST_DOOR"
[source]
type = "mqtt"
host = "broker.example"
[[topic]]
pattern = "estates/{compound}/{kind}/{number}"
device = "{compound}-{kind}-{number}"
"""
SOURCE = 'type = "mqtt"\nhost = "broker.example"'
NATS = GOOD.replace(SOURCE, 'type = "nats"\nservers = ["nats://a:1"]\nstream = "S"').replace(
    "estates/{compound}/{kind}/{number}", "estates.{compound}.{kind}.{number}"
)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIUHUA_TEST_DOOR", "s3cret")


def read(folder: Path, text: str) -> config.Bridge:
    path = folder / "bridge.toml"
    path.write_text(text)
    return config.read(path)


def test_a_good_file_is_understood(tmp_path: Path) -> None:
    bridge = read(tmp_path, GOOD)
    assert isinstance(bridge.source, config.MqttPart)
    assert bridge.source.version == 5
    assert bridge.secrets.door == "s3cret"
    assert "s3cret" not in repr(bridge)
    assert described(bridge) == [
        "estate: broker.example:1883 → 127.0.0.1:1883, as tl04-gw-01",
        "  estates/+/+/+ → {compound}-{kind}-{number}",
    ]
    assert read(tmp_path, NATS).routes[0].filter == "estates.*.*.*"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "door").write_text("from a file\n")
    text = GOOD.replace('password_env = "XIUHUA_TEST_DOOR"', f'password_file = "{tmp_path}/door"')
    assert read(tmp_path, text).secrets.door == "from a file"


@pytest.mark.parametrize(
    ("base", "old", "new", "says"),
    [
        (GOOD, 'name = "estate"', "", r"the file: .*missing required field `name`"),
        (GOOD, 'name = "estate"', 'name = "E/.."', "name: small letters, digits and - only"),
        (GOOD, 'type = "mqtt"', 'type = "kafka"', r"source.*Invalid value 'kafka'"),
        (GOOD, "host =", "hots =", r"source: .*unknown field `hots`"),
        (GOOD, '"broker.example"', "17", r"source\.host: Expected `str`, got `int`"),
        (GOOD, "host =", "version = 4\nhost =", r"source\.version: Invalid enum value 4"),
        (GOOD, "[[topic]]", "[[topics]]", "unknown field `topics`"),
        (GOOD, "[door]", "[door", "the file: it is no TOML"),
        (GOOD, "{number}", "{nr}", r"topic\[0\]: \{number\} is in the device"),
        (GOOD, "estates/", "estates/+/", r"topic\[0\]: '\+': write \{name\}"),
        (GOOD, "XIUHUA_TEST_DOOR", "XIUHUA_TEST_NONE", "door: a password is needed"),
        (GOOD, "host =", 'user = "anna"\nhost =', "source: a password is needed"),
        (GOOD, "password_env", "password_file", r"door\.password_file: XIUHUA.* cannot be read"),
        (GOOD, "host =", 'ca_file = "/x"\nhost =', r"source\.ca_file: this needs tls = true"),
        (GOOD, "host =", 'tls = true\nca_file = "/no"\nhost =', r"source\.ca_file: /no is not"),
        (NATS, "nats://a", "http://a", r"source\.servers\[0\]: write nats://HOST:PORT"),
        (NATS, "nats://a", "nats://u:" + "pw@a", r"source\.servers\[0\]: no passwords here"),
        (NATS, '["nats://a:1"]', "[]", r"source\.servers: write at least one"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, base: str, old: str, new: str, says: str
) -> None:
    text = base.replace(old, new, 1)
    if "{nr}" in text:
        assert "{number}" in text, "the pattern changed, the device did not"
    assert text != base
    with pytest.raises(BridgeError, match=says) as wrong:
        read(tmp_path, text)
    assert "s3cret" not in str(wrong.value)
    assert "pw" not in str(wrong.value).partition("servers")[2]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="the file: No such file"):
        config.read(tmp_path / "none.toml")
