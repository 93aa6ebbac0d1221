"""The two streams of a log: its entries, and the marks that readers leave beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

from xiuhua.log.base import LogUnavailable
from xiuhua.log.errors import ForeignLayout, Headless, Refused

from .address import Address
from .messages import Stamp, Subjects, is_ours, stamp_of
from .wire import NO_STREAM, PATIENCE, Json, Message, NoAnswer, Said, Wire

LAYOUT = 1
"""Rises with every change of what the streams hold."""

ASKED = 12
"""How often each node is asked for a copy of what is damaged elsewhere."""

PAYLOAD_LEAST = 2 << 20
"""The largest message that a server must take: a refused request is kept whole, in one."""


class Stream:
    """A log's stream of entries, by its subjects; made where there is none."""

    def __init__(self, wire: Wire, address: Address) -> None:
        self.wire = wire
        self._address = address
        self.id = address.name
        self.marks = f"{address.name}-marks"
        self.subjects = Subjects.of(address.name)
        self.seen = 0
        """The newest place that this process knows to be taken."""
        with wire.plainly():
            self.room = wire.room
            if self.room < PAYLOAD_LEAST - (1 << 16):
                raise Refused("its max_payload is below 2MB; set 8MB", permanent=True)
            self.name = _made(wire, address, self.id, {"allow_atomic": True})
            _made(wire, address, self.marks, {"max_msgs_per_subject": 1})

    def newest(self) -> Message | None:
        """The last entry, as the stream's leader knows it."""
        found = self.wire.last(self.id, self.subjects.entry)
        if found is not None:
            self.seen = max(self.seen, found.seq)
        return found

    def stands(self) -> Stamp:
        """Where the log stands."""
        found = self.newest()
        return Stamp() if found is None else self.stamp(found)

    def at(self, seq: int) -> Message | None:
        """The first entry at `seq` or behind it. What has no stamp of ours is no entry."""
        found = self.wire.next(self.id, self.subjects.entry, seq)
        while found is not None and not is_ours(found):
            found = self.wire.next(self.id, self.subjects.entry, found.seq + 1)
        return found

    def near(self, seq: int, max_bytes: int) -> list[Message]:
        """Entries from `seq` on, from any node; from the leader where none answers, or where this
        process knows that there are some."""
        try:
            found = self.wire.several(self.id, self.subjects.entry, seq, max_bytes)
        except NoAnswer:
            return self.wire.some(self.id, self.subjects.entry, seq, max_bytes)
        return found or ([one] if seq <= self.seen and (one := self.at(seq)) else [])

    def copies(self, seq: int, position: int) -> Iterator[list[Message]]:
        """The entries from `seq` on up to that position, as one node after the other holds them.

        Which node answers is NATS's choice: the leader where it is asked itself, else any of them
        alike. Asked so often, one of three is passed over once in ten thousand times.
        """
        for server in self._address.servers:
            wire = Wire(replace(self._address, servers=(server,)))
            try:
                for _ in range(ASKED):
                    yield self._copy(wire, seq, position)
            except (NoAnswer, LogUnavailable):
                continue  # `away` names it
            finally:
                wire.close()

    def _copy(self, wire: Wire, seq: int, position: int) -> list[Message]:
        found: list[Message] = []
        while page := wire.several(self.id, self.subjects.entry, seq, 8 << 20):
            found += page
            seq = page[-1].seq + 1
            if is_ours(page[-1]) and stamp_of(page[-1]).before >= position:
                break
        return found

    def away(self) -> Sequence[str]:
        """The nodes that have a copy of the log and do not keep up with it, after some patience,
        and the servers of the log's address that cannot be reached (the cluster itself takes some
        seconds to notice)."""
        deadline = time.monotonic() + PATIENCE
        while found := list(_away(self.wire.ask(f"STREAM.INFO.{self.id}"))):
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        for server in self._address.servers:
            wire = Wire(replace(self._address, servers=(server,)))
            try:
                assert wire.room
            except (NoAnswer, LogUnavailable):
                found.append(server.rpartition("/")[2].rpartition("@")[2])  # not its secret
            finally:
                wire.close()
        return found

    def first(self, true_of: Callable[[Stamp], bool]) -> Message | None:
        """The first entry whose stamp fits; once it does it must for all behind. None: no entry."""
        newest = self.newest()
        if newest is None or not true_of(self.stamp(newest)):
            return None
        low, high = 1, newest.seq
        best = newest
        while low < high:
            found = self.at((low + high) // 2)
            if found is None or found.seq >= high:
                high = (low + high) // 2
            elif true_of(self.stamp(found)):
                best, high = found, (low + high) // 2
            else:
                low = found.seq + 1
        return best

    def stamp(self, message: Message) -> Stamp:
        """The stamp of the newest entry, or of one that `at` found; raises Headless where
        somebody else wrote it."""
        try:
            return stamp_of(message)
        except (KeyError, ValueError) as error:
            raise Headless(self.name, message.seq) from error


def _made(wire: Wire, address: Address, stream: str, further: Json) -> str:
    """Make the stream where there is none, and return the log's name, which stands beside it."""
    config = {
        "name": stream, "subjects": [f"{stream}.>"], "storage": "file", "discard": "new",
        "num_replicas": address.replicas, "allow_direct": True, "duplicate_window": 120_000_000_000,
        "metadata": {"xiuhua-log": str(uuid4()), "xiuhua-layout": str(LAYOUT)}, **further,
    }  # fmt: skip
    found = _found_or_made(wire, stream, config)
    metadata = found["config"].get("metadata") or {}
    if (layout := int(metadata.get("xiuhua-layout", 0))) != LAYOUT:
        raise ForeignLayout(found=layout, wanted=LAYOUT)
    return str(metadata["xiuhua-log"])


def _found_or_made(wire: Wire, stream: str, config: Json) -> Json:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return wire.ask(f"STREAM.INFO.{stream}")
        except Said as error:
            if error.code != NO_STREAM:
                raise
        try:
            return wire.ask(f"STREAM.CREATE.{stream}", config)
        except (
            Said
        ):  # somebody else makes it in this moment, or the nodes do not know each other yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def weak_spots(wire: Wire, address: Address) -> Sequence[str]:
    """What keeps the log from standing the loss of one node; for `xiuhua doctor`."""
    try:
        info = wire.ask(f"STREAM.INFO.{address.name}")
    except (Said, LogUnavailable):
        return []  # who opens the log says it
    copies = info["config"]["num_replicas"]
    found = []
    if copies < 3:
        found.append(f"the log has {copies} copy: with its node, acknowledged readings are lost")
    if away := _away(info):
        found.append(f"{', '.join(away)} does not keep up with the log, or is away")
    return found


def _away(info: Json) -> Sequence[str]:
    peers = info.get("cluster", {}).get("replicas", [])
    return sorted(peer["name"] for peer in peers if peer.get("offline") or not peer.get("current"))
