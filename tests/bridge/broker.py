"""A mosquitto of our own for a test: private folder, loopback, a free port, persistent."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.ports import free_ports
from tests.support.waiting import eventually

PASSWORD = "wide open sesame"  # the test's broker has one user, and this is its password


class Broker:
    """One mosquitto. What it was given is saved with every change (`autosave_on_changes`)."""

    def __init__(self, folder: Path) -> None:
        [self.port] = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        self._saved = folder / "mosquitto.db"
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        subprocess.run(
            ["mosquitto_passwd", "-b", str(passwords), "estate", PASSWORD],
            check=True,
            capture_output=True,
        )
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
            "autosave_on_changes true\nmax_queued_messages 0\nmax_inflight_messages 0\n"
            f"user {pwd.getpwuid(os.getuid()).pw_name}\nlog_dest file {folder}/log\n"
        )

    def also_tls(self, ca: Path, certificate: Path, key: Path) -> int:
        """Listen once more, from the next start on, for clients with a certificate of `ca`."""
        [port] = free_ports(1)
        with self._config.open("a") as config:
            config.write(
                f"listener {port} 127.0.0.1\ncafile {ca}\ncertfile {certificate}\nkeyfile {key}\n"
                "require_certificate true\n"
            )
        return port

    def start(self) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "mosquitto is not installed (Debian: apt-get install mosquitto)"
        self._process = subprocess.Popen([program, "-c", str(self._config)])
        eventually(lambda: self.client("probe").disconnect() is not None, forgiving=OSError)

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            self._process.wait(30)
            self._process = None

    def save(self, client: Client) -> None:
        """Wait until it has saved everything that it was given until now."""
        marker = uuid4().hex.encode()
        client.publish("marker", marker, qos=1, retain=True).wait_for_publish(30)
        eventually(lambda: marker in self._saved.read_bytes(), forgiving=OSError)

    def client(self, name: str) -> Client:
        """A connected publisher, with its thread running."""
        made = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTv311)
        made.username_pw_set("estate", PASSWORD)
        made.connect("127.0.0.1", self.port)
        return made
