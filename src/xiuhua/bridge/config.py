"""A bridge's file: which broker, which topics are which devices, and our door."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from .errors import BridgeError
from .topics import BadPattern, Route, route


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every key is known; what is not is an error."""


class _Peer(_Strict, frozen=True, kw_only=True):
    """Somebody to log in to. Secrets stand in files or in the environment, never here."""

    user: str = ""
    password_file: str = ""
    password_env: str = ""
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


class DoorPart(_Peer, frozen=True, kw_only=True):
    """Our MQTT door. `user` is the id of a gateway box in the ledger."""

    user: str
    host: str = "127.0.0.1"
    port: int = 1883


class MqttPart(_Peer, frozen=True, kw_only=True, tag_field="type", tag="mqtt"):
    """A broker. `version` 3 means 3.1.1; `client_id` is the session's name at the broker."""

    host: str
    port: int = 1883
    version: Literal[3, 5] = 5
    client_id: str = ""
    keep_alive: int = 30


class NatsPart(_Peer, frozen=True, kw_only=True, tag_field="type", tag="nats"):
    """A JetStream stream; `durable` is the name of our consumer there."""

    servers: list[str]
    stream: str
    durable: str = ""
    creds_file: str = ""
    ack_wait: float = 30


class TopicPart(_Strict, frozen=True, kw_only=True):
    """Topics that mean devices; see `topics`. `payload`: json (readings or SenML) or lines."""

    pattern: str
    device: str
    qos: Literal[0, 1] = 1
    payload: Literal["json", "lines"] = "json"


class _File(_Strict, frozen=True, kw_only=True):
    name: str
    door: DoorPart
    source: MqttPart | NatsPart
    topic: list[TopicPart]


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords, read once; never shown."""

    door: str
    source: str

    def __repr__(self) -> str:
        return "Secrets(…)"


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge's file, checked."""

    name: str
    door: DoorPart
    source: MqttPart | NatsPart
    routes: tuple[Route, ...]
    secrets: Secrets


_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


def read(path: Path) -> Bridge:
    """The bridge in a TOML file. Raises BridgeError, which says where and what."""
    try:
        told = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise BridgeError(path, "the file", error.strerror or "it cannot be read") from None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise BridgeError(path, where.strip("`.") or "the file", what) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BridgeError(path, "the file", f"it is no TOML: {error}") from None
    if not _NAME.fullmatch(told.name):
        raise BridgeError(path, "name", "small letters, digits and - only, at most 41")
    if not told.topic:
        raise BridgeError(path, "topic", "write at least one [[topic]]")
    _check_source(path, told.source)
    for where, peer in (("door", told.door), ("source", told.source)):
        _check_tls(path, where, peer)
    secrets = Secrets(
        door=_secret(path, "door", told.door, needed=True),
        source=_secret(path, "source", told.source, needed=bool(told.source.user)),
    )
    routes = tuple(
        _route(path, number, part, told.source) for number, part in enumerate(told.topic)
    )
    return Bridge(told.name, told.door, told.source, routes, secrets)


def _check_source(path: Path, source: MqttPart | NatsPart) -> None:
    if isinstance(source, MqttPart):
        return
    for number, server in enumerate(source.servers):
        where = f"source.servers[{number}]"
        if not server.startswith(("nats://", "tls://")):
            raise BridgeError(path, where, "write nats://HOST:PORT or tls://HOST:PORT")
        if "@" in server:
            raise BridgeError(path, where, "no passwords here: use user and password_file")
    if not source.servers:
        raise BridgeError(path, "source.servers", "write at least one")
    if source.creds_file and not Path(source.creds_file).is_file():
        raise BridgeError(path, "source.creds_file", f"{source.creds_file} is not there")


def _check_tls(path: Path, where: str, peer: _Peer) -> None:
    files = {"ca_file": peer.ca_file, "cert_file": peer.cert_file, "key_file": peer.key_file}
    for key, value in files.items():
        if value and not peer.tls:
            raise BridgeError(path, f"{where}.{key}", "this needs tls = true beside it")
        if value and not Path(value).is_file():
            raise BridgeError(path, f"{where}.{key}", f"{value} is not there")
    if peer.key_file and not peer.cert_file:
        raise BridgeError(path, f"{where}.key_file", "this needs cert_file beside it")


def _secret(path: Path, where: str, peer: _Peer, *, needed: bool) -> str:
    if peer.password_file and peer.password_env:
        raise BridgeError(path, where, "write password_file or password_env, not both")
    if peer.password_file:
        try:
            found = Path(peer.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            what = f"{peer.password_file} cannot be read"
            raise BridgeError(path, f"{where}.password_file", what) from None
    elif peer.password_env:
        found = os.environ.get(peer.password_env, "")
    else:
        found = ""
    if needed and not found:
        raise BridgeError(
            path,
            where,
            "a password is needed: password_file = a file, or password_env = a variable",
        )
    return found


def _route(path: Path, number: int, part: TopicPart, source: MqttPart | NatsPart) -> Route:
    between, any_one = ("/", "+") if isinstance(source, MqttPart) else (".", "*")
    try:
        return route(
            part.pattern, part.device, between=between, any_one=any_one,
            qos=part.qos, lines=part.payload == "lines",
        )  # fmt: skip
    except BadPattern as error:
        raise BridgeError(path, f"topic[{number}]", str(error)) from None
