"""Paho clients as a bridge needs them: secrets in no URL, TLS where it is asked for."""

from __future__ import annotations

import ssl
import sys

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from .config import DoorPart, MqttPart, NatsPart


def client(part: DoorPart | MqttPart, password: str, *, name: str, version: int) -> Client:
    """A client of MQTT 3.1.1 (3) or 5, not connected yet."""
    if version == 5:
        made = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTv5, manual_ack=True)
    else:
        made = Client(
            CallbackAPIVersion.VERSION2, name, clean_session=False, protocol=MQTTv311,
            manual_ack=True,
        )  # fmt: skip
    if part.user:
        made.username_pw_set(part.user, password)
    if (context := tls(part)) is not None:
        made.tls_set_context(context)
    made.reconnect_delay_set(1, 15)
    return made


def tls(part: DoorPart | MqttPart | NatsPart) -> ssl.SSLContext | None:
    """What TLS needs, where it is asked for."""
    if not part.tls:
        return None
    context = ssl.create_default_context(cafile=part.ca_file or None)
    if part.cert_file:
        context.load_cert_chain(part.cert_file, part.key_file or None)
    return context


def why_not_reached() -> str:
    """For `on_connect_fail`, which paho calls while it handles what went wrong, without saying."""
    return f"not reached: {sys.exception() or 'no answer'}"
