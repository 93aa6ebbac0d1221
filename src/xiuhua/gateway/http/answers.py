"""What the HTTP door says: JSON with sentences in Chinese and in English, and what to do. A refusal
is a problem of RFC 9457, as the pages' interface says it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from xiuhua.gateway.intake import Refusal, Taken

_JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json"

SENTENCES_MOST = 100
"""Refused items of one request that each get a sentence: with ten thousand the answer would be a
megabyte of them, and others would wait while we write it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = _JSON


class Turned(Exception):
    """A request that is turned away, before any of it was taken: nothing was kept."""

    def __init__(self, status: int, code: str, zh: str, en: str, **headers: str) -> None:
        super().__init__(code)
        said = {"code": code, "detail": f"{zh} {en}", "zh": zh, "en": en}
        body = {"type": f"about:blank#{code}", "status": status, **said}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Answer(status, msgspec.json.encode(body), named, PROBLEM)


def not_found() -> Turned:
    return Turned(404, "not_found", "没有这个地址。", "There is nothing at this address.")


def wrong_method(allowed: str) -> Turned:
    zh, en = f"这里只用 {allowed}。", f"Only {allowed} is possible here."
    return Turned(405, "wrong_method", zh, en, allow=allowed)


def not_logged_in() -> Turned:
    return Turned(
        401,
        "not_logged_in",
        "设备编号或密钥不对。请用 Authorization: Bearer <编号>:<密钥>。",
        "The id or its secret is wrong. Use Authorization: Bearer <id>:<secret>.",
        www_authenticate='Bearer realm="xiuhua", Basic realm="xiuhua"',
    )


def wrong_media(accepted: str) -> Turned:
    return Turned(
        415,
        "wrong_media_type",
        f"不接受这种内容。请用：{accepted}。",
        f"This content is not taken here. Use: {accepted}.",
    )


def wrong_coding(accepted: str) -> Turned:
    return Turned(
        415,
        "wrong_coding",
        f"不接受这种压缩。请用：{accepted}，或不压缩。",
        f"This Content-Encoding is not taken here. Use {accepted}, or none.",
        accept_encoding=accepted,
    )


def too_large(limit: int) -> Turned:
    return Turned(
        413,
        "too_large",
        f"内容（解压后）超过 {limit} 字节，未取。请分批发送。",
        f"The content (unpacked) is longer than {limit} bytes and was not taken. Send it in parts.",
    )


def too_many(limit: int) -> Turned:
    return Turned(
        413,
        "too_many",
        f"一次最多 {limit} 条读数，未取。请分批发送。",
        f"A request may hold {limit} readings at most; nothing was taken. Send it in parts.",
    )


def broken(coding: str) -> Turned:
    return Turned(
        400,
        f"broken_{coding}",
        f"{coding} 内容已损坏，或解压所需内存过大，未取。请重新压缩后再发。",
        f"The {coding} content is broken, or takes too much memory to unpack; nothing was taken. "
        "Pack it anew and send it again.",
    )


def bad_key() -> Turned:
    return Turned(
        400,
        "bad_key",
        "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符，中间没有空格和引号。未取。",
        "The Idempotency-Key must be 1 to 255 visible ASCII characters without blanks or quotes. "
        "Nothing was taken.",
    )


def other_content() -> Turned:
    return Turned(
        422,
        "other_content",
        "这个 Idempotency-Key 已用于另一份内容，未取。新内容请用新键。",
        "This Idempotency-Key was used for another content; nothing was taken. "
        "Use a new key for new content.",
    )


def keys_not_kept() -> Turned:
    return Turned(
        501,
        "keys_not_kept",
        "这里的日志不保存 Idempotency-Key，未取。请去掉它再发；重复的读数只算一次。",
        "The log of this house keeps no Idempotency-Key; nothing was taken. Send without it; "
        "a reading that comes twice counts once.",
    )


def too_fast(seconds: float) -> Turned:
    return Turned(
        429,
        "too_fast",
        "这个设备或发送者的读数过快，未取。请按 Retry-After 稍后原样重发。",
        "The readings of this device or sender come too fast; nothing was taken. "
        "Send the same again after Retry-After.",
        retry_after=str(math.ceil(seconds)),
    )


def too_many_connections() -> Turned:
    return Turned(
        503,
        "too_many_connections",
        "连接过多。请稍后再连。",
        "There are too many connections. Connect again later.",
        retry_after="5",
        connection="close",
    )


def malformed() -> Turned:
    return Turned(
        400,
        "malformed",
        "这不是规范的 HTTP/1.1 请求，未取。",
        "This is no proper HTTP/1.1 request; nothing of it was taken.",
        connection="close",
    )


def wrong_transfer() -> Turned:
    return Turned(
        501,
        "wrong_transfer",
        "Transfer-Encoding 只接受 chunked，未取。压缩请用 Content-Encoding。",
        "No Transfer-Encoding but chunked is taken here; nothing was taken. "
        "Use Content-Encoding for packed content.",
        connection="close",
    )


def wrong_expectation() -> Turned:
    return Turned(
        417,
        "wrong_expectation",
        "Expect 只接受 100-continue，未取。",
        "No Expect but 100-continue is met here; nothing was taken.",
        connection="close",
    )


def too_slow() -> Turned:
    return Turned(
        408,
        "too_slow",
        "内容没有按时到齐，未取。请重发。",
        "The content did not arrive in time and was not taken. Send it again.",
    )


def too_many_at_once() -> Turned:
    return Turned(
        429,
        "too_many_at_once",
        "这个发送者等待答复的请求太多。请等到答复后再发。",
        "Too many requests of this sender wait for their answer. Send on when they are answered.",
        retry_after="1",
    )


def bad_wait(most: int) -> Turned:
    zh, en = f"wait 应为 0 至 {most} 秒。", f"wait must be a number of seconds, 0 to {most}."
    return Turned(400, "bad_wait", zh, en)


def not_committed() -> Turned:
    return Turned(
        503,
        "not_committed",
        "暂时无法存盘，没有确认。请稍后原样重发；重复的读数只算一次。",
        "Nothing was confirmed, for it cannot be stored now. Send the same again later; "
        "a reading that comes twice counts once.",
        retry_after="5",
    )


def result(taken: Taken) -> Answer:
    """202 with what came of every item: those that are named nowhere below are accepted.

    `accepted` counts what is new; `copies` are the items that say what an earlier one of this
    request says (they are stored, and count once); `rejected` are kept with their reason, as far as
    their sender's allowance goes. Of many
    the sentence is said with the first of each reason only. 403 where nothing was the sender's to
    send.
    """
    copies = _copies(taken)
    body = {
        "accepted": taken.count - len(copies),
        "copies": copies,
        "rejected": list(_refused(taken.refused)),
    }
    reasons = {refusal.why.reason for refusal in taken.refused}
    foreign = not taken.count and bool(reasons) and reasons <= {"not_yours", "unknown_device"}
    return Answer(403 if foreign else 202, msgspec.json.encode(body))


def _refused(refusals: Sequence[Refusal]) -> Iterator[dict[str, object]]:
    told: set[str] = set()
    for at, (number, why) in enumerate((each.number, each.why) for each in refusals):
        item: dict[str, object] = {"line": number, "reason": why.reason}
        if at < SENTENCES_MOST or why.reason not in told:
            told.add(why.reason)
            item["sentence"] = {"zh": why.zh, "en": why.en}
        yield item


def _copies(taken: Taken) -> list[int]:
    """Numbers of the items whose device, time and values an earlier one has already."""
    lines = taken.body.splitlines()
    if len(set(lines)) == len(lines):
        return []
    first: dict[bytes, int] = {}
    numbered = zip(taken.numbers, lines, strict=True)
    return [number for number, line in numbered if first.setdefault(line, number) != number]


def as_bytes(answer: Answer) -> bytes:
    """The answer as it goes over the wire where no application gives it."""
    head = {
        "content-type": answer.media_type,
        "content-length": str(len(answer.body)),
        **answer.headers,
    }
    status = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{status}{lines}\r\n".encode() + answer.body
