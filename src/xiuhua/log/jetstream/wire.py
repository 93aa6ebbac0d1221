"""The wire to a NATS cluster: a private event loop in a thread of its own, behind plain calls.

nats-py is asynchronous; the log's callers are threads. What is asked here is asked of JetStream's
documented API by its subjects (`$JS.API.…`), because the log needs what nats-py has no words for:
batches that commit whole, and reading many messages at one request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from xiuhua.log.errors import Refused

from .address import Address

PATIENCE = 10.0
"""Seconds to wait for a connection, and for a cluster that is choosing a leader."""

ANSWER = 2.0
"""Seconds to wait for one answer before the question is asked again."""

AT_ONCE = 256
"""Messages that one request reads at most."""

HEADERS_MOST = 8192
"""Bytes of a message that are left to its headers."""

WRONG_LAST, NO_MESSAGE, NO_STREAM = 10071, 10037, 10059
OLDEST = (2, 12)
"""The first release with batches that commit whole."""

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")


class NoAnswer(Exception):
    """Nobody answered; `sent` says whether the question may have arrived all the same."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Said(Exception):
    """JetStream answered, and said no; `passing` where it says that it cannot do so now."""

    def __init__(self, code: int, text: str, *, passing: bool) -> None:
        super().__init__(text)
        self.code = code
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Out:
    """A message to be published."""

    subject: str
    data: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a stream, at its place in it."""

    seq: int
    subject: str
    headers: Mapping[str, str]
    data: bytes


class Wire:
    """One connection to the cluster, made when first needed and again when it is gone."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._complaint = ""

    def close(self) -> None:
        """Let the connection and the thread go."""
        if self._loop.is_running():
            self._run(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
            self._loop.close()

    # What is asked of JetStream

    def ask(self, subject: str, question: Json | None = None) -> Json:
        """One question to JetStream's API, asked again while nobody answers.

        Raises Refused when nobody does in time, Said when the answer is no.
        """
        return self._patiently(lambda: self._api(subject, question or {}))

    def last(self, stream: str, subject: str) -> Message | None:
        """The newest message of a subject, as the stream's leader knows it."""
        return self._get(stream, {"last_by_subj": subject})

    def next(self, stream: str, subject: str, seq: int) -> Message | None:
        """The first message of a subject at `seq` or after it, as the stream's leader knows it."""
        return self._get(stream, {"seq": max(1, seq), "next_by_subj": subject})

    def several(self, stream: str, subject: str, seq: int, max_bytes: int) -> list[Message]:
        """The messages of a subject from `seq` on, from whichever node is near: the newest may be
        missing there. Asks once: raises NoAnswer."""
        question = {
            "seq": max(1, seq), "batch": AT_ONCE, "max_bytes": max_bytes, "next_by_subj": subject,
        }  # fmt: skip
        return self._run(self._many(f"$JS.API.DIRECT.GET.{stream}", question))

    def follow(self, stream: str, subject: str, seq: int) -> Iterator[Message]:
        """Every message of a subject from `seq` on, up to the newest that the leader knows."""
        newest = self.last(stream, subject)
        while newest is not None and seq <= newest.seq:
            found = self.some(stream, subject, seq, 8 << 20)
            if not found:
                return  # trimmed meanwhile
            yield from found
            seq = found[-1].seq + 1

    def some(self, stream: str, subject: str, seq: int, max_bytes: int) -> list[Message]:
        """As `several`, but where no node near has any, the next one from the leader."""
        try:
            found = self.several(stream, subject, seq, max_bytes)
        except NoAnswer:
            found = []
        if not found:
            one = self.next(stream, subject, seq)
            found = [] if one is None else [one]
        return found

    def publish(self, messages: Sequence[Out], *, once: str = "") -> int:
        """Publish one message, or several that commit whole or not at all; returns the last one's
        place. `once` is the id by which JetStream knows a single message again.

        Asks once: raises NoAnswer (in doubt where `sent`) and Said.
        """
        if len(messages) == 1:
            (only,) = messages
            named = {"Nats-Msg-Id": once} if once else {}
            return self._run(self._publish(only, named))
        return self._run(self._publish_batch(messages))

    @property
    def room(self) -> int:
        """Bytes that one message may hold beside its headers."""
        return self._run(self._connected()).max_payload - HEADERS_MOST

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Whatever JetStream says, or leaves unsaid, becomes Refused."""
        try:
            yield
        except NoAnswer as error:
            raise Refused(str(error), permanent=False) from error
        except Said as error:
            raise Refused(str(error), permanent=error.code == NO_STREAM) from error

    # In the thread

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _patiently(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._run(ask())
            except (NoAnswer, Said) as error:
                if isinstance(error, Said) and not error.passing:
                    raise
                if time.monotonic() > deadline:
                    raise Refused(str(error), permanent=False) from error
                time.sleep(0.1)

    def _get(self, stream: str, question: Json) -> Message | None:
        try:
            found = self.ask(f"STREAM.MSG.GET.{stream}", question)["message"]
        except Said as error:
            if error.code == NO_MESSAGE:
                return None
            raise Refused(str(error), permanent=error.code == NO_STREAM) from error
        headers = _headers(base64.b64decode(found.get("hdrs", "")))
        return Message(
            found["seq"], found["subject"], headers, base64.b64decode(found.get("data", ""))
        )

    async def _api(self, subject: str, question: Json) -> Json:
        answer = await self._request(Out(f"$JS.API.{subject}", json.dumps(question).encode(), {}))
        return _checked(answer)

    async def _publish(self, message: Out, named: Mapping[str, str]) -> int:
        headers = {**message.headers, **named}
        answer = _checked(await self._request(Out(message.subject, message.data, headers)))
        return int(answer["seq"])

    async def _publish_batch(self, messages: Sequence[Out]) -> int:
        name = uuid4().hex
        answer: Json = {}
        for number, message in enumerate(messages, 1):
            final = number == len(messages)
            headers = {
                **message.headers, "Nats-Batch-Id": name, "Nats-Batch-Sequence": str(number),
            }  # fmt: skip
            if final:
                headers["Nats-Batch-Commit"] = "1"
            try:
                said = await self._request(Out(message.subject, message.data, headers))
            except NoAnswer as error:
                raise NoAnswer(str(error), sent=error.sent and final) from error
            answer = _checked(said) if said else {}
        return int(answer["seq"])

    async def _request(self, message: Out) -> bytes:
        client = await self._connected()
        try:
            answer = await client.request(
                message.subject, message.data, timeout=ANSWER, headers=dict(message.headers) or None
            )
        except (nats.errors.NoRespondersError, nats.errors.OutboundBufferLimitError) as error:
            raise NoAnswer(f"no leader answers ({self._name(error)})", sent=False) from error
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise NoAnswer(f"no answer ({self._name(error)})", sent=True) from error
        return answer.data

    async def _many(self, subject: str, question: Json) -> list[Message]:
        client = await self._connected()
        inbox = client.new_inbox()
        found: list[Message] = []
        try:
            answers = await client.subscribe(inbox)
            await client.publish(subject, json.dumps(question).encode(), reply=inbox)
            while True:
                answer = await answers.next_msg(timeout=ANSWER)
                if (answer.headers or {}).get("Status"):
                    break
                found.append(_direct(answer))
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise NoAnswer(f"no answer ({self._name(error)})", sent=True) from error
        finally:
            with suppress(nats.errors.Error, OSError):
                await answers.unsubscribe()
        return found

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await self._connect()
        return self._client

    async def _connect(self) -> Client:
        client = Client()
        try:
            async with asyncio.timeout(PATIENCE):
                await client.connect(
                    list(self._address.servers), name="xiuhua log", error_cb=self._note,
                    allow_reconnect=True, max_reconnect_attempts=-1, reconnect_time_wait=1,
                    connect_timeout=2, pending_size=0, ping_interval=5, max_outstanding_pings=2,
                    tls=self._tls(), user_credentials=_text(self._address.creds),
                )  # fmt: skip
        except (nats.errors.Error, TimeoutError, OSError) as error:
            with suppress(nats.errors.Error, OSError):
                await client.close()
            raise NoAnswer(f"NATS cannot be reached ({self._name(error)})", sent=False) from error
        version = client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            await client.close()
            old = f"nats-server {version.major}.{version.minor} is too old; run 2.14.3 or newer"
            raise Refused(old, permanent=True)
        return client

    def _tls(self) -> ssl.SSLContext | None:
        if not self._address.tls:
            return None
        context = ssl.create_default_context(cafile=_text(self._address.ca))
        if self._address.cert is not None:
            context.load_cert_chain(self._address.cert, _text(self._address.key))
        return context

    async def _note(self, error: Exception) -> None:
        self._complaint = str(error) or type(error).__name__

    def _name(self, error: Exception) -> str:
        return str(error) or self._complaint or type(error).__name__

    async def _end(self) -> None:
        if self._client is not None:
            with suppress(nats.errors.Error, OSError):
                await self._client.close()


def _checked(answer: bytes) -> Json:
    told: Json = json.loads(answer)
    if "error" in told:
        error = told["error"]
        raise Said(
            error.get("err_code", 0),
            error.get("description", "refused"),
            passing=error.get("code") == 503,
        )
    return told


def _direct(answer: Msg) -> Message:
    headers = dict(answer.headers or {})
    seq, subject = int(headers["Nats-Sequence"]), headers["Nats-Subject"]
    return Message(seq, subject, headers, answer.data)


def _headers(raw: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in raw.decode().split("\r\n")[1:] if line)
    return {name: value.strip() for name, _, value in pairs}


def _text(path: object) -> str | None:
    return None if path is None else str(path)
