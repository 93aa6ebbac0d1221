"""Put a file of readings on a topic of one partition, keyed by device. Not part of any measure."""

from __future__ import annotations

import sys
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic


def main() -> None:
    """The command: broker, topic, file."""
    broker, topic, path = sys.argv[1:]
    settings = {"bootstrap.servers": broker}
    admin = AdminClient(settings)
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer(settings | {"linger.ms": 50, "queue.buffering.max.messages": 1_000_000})
    with Path(path).open("rb") as file:
        for line in file:
            device = line[len('{"device":"') : line.index(b'"', 11)]
            while True:
                try:
                    producer.produce(topic, line.rstrip(), key=device)
                    break
                except BufferError:
                    producer.poll(0.1)
    producer.flush()


if __name__ == "__main__":
    main()
