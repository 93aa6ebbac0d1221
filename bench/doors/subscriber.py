"""Hears everything that a broker has and stores it in SQLite, many messages a commit: what people
build beside a broker. `python -m bench.doors.subscriber PORT FILE`."""

from __future__ import annotations

import queue
import sys
import threading

import paho.mqtt.client as mqtt
import pysqlite3.dbapi2 as sqlite3
from paho.mqtt.enums import CallbackAPIVersion


def main(port: str, path: str) -> None:
    """Hear and store until ended."""
    heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "subscriber", clean_session=False)
    client.on_message = lambda _client, _data, message: heard.put((message.topic, message.payload))
    client.on_subscribe = lambda *_: print("subscribed", flush=True)
    client.connect("127.0.0.1", int(port))
    client.subscribe("up/#", qos=1)
    threading.Thread(target=store, args=(heard, path), daemon=True).start()
    client.loop_forever()


def store(heard: queue.SimpleQueue[tuple[str, bytes]], path: str) -> None:
    """Whatever has come since the last commit goes into the next."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE heard (topic text, payload blob)")
    while True:
        rows = [heard.get()]
        while len(rows) < 10_000 and not heard.empty():
            rows.append(heard.get())
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO heard VALUES (?, ?)", rows)
        database.execute("COMMIT")


if __name__ == "__main__":
    main(*sys.argv[1:])
