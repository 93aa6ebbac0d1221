"""What the HTTP door says: JSON with a sentence in Chinese and in English, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from xiuhua.gateway.intake import Taken

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = _JSON


class Turned(Exception):
    """A request that is turned away, before any of it was taken: nothing was kept."""

    def __init__(self, status: int, error: str, zh: str, en: str, **headers: str) -> None:
        super().__init__(error)
        body = {"error": error, "sentence": {"zh": zh, "en": en}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Answer(status, msgspec.json.encode(body), named)


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


def too_large(limit: int) -> Turned:
    return Turned(
        413,
        "too_large",
        f"内容（解压后）超过 {limit} 字节，未取。请分批发送。",
        f"The content (unpacked) is longer than {limit} bytes and was not taken. Send it in parts.",
    )


def broken_gzip() -> Turned:
    return Turned(
        400,
        "broken_gzip",
        "gzip 内容已损坏，未取。",
        "The gzip content is broken; nothing was taken.",
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
    """202 with what was taken and what was refused; 403 where it was not the sender's to send."""
    body = {
        "accepted": taken.count,
        "rejected": [
            {
                "line": refusal.number,
                "reason": refusal.why.reason,
                "sentence": {"zh": refusal.why.zh, "en": refusal.why.en},
            }
            for refusal in taken.refused
        ],
    }
    reasons = {refusal.why.reason for refusal in taken.refused}
    foreign = not taken.count and bool(reasons) and reasons <= {"not_yours", "unknown_device"}
    return Answer(403 if foreign else 202, msgspec.json.encode(body))
