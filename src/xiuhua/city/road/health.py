"""How the road stands: log, readers, clock, disk; what is wrong with it and what to do. The page of
the road shows it, `xiuhua doctor` and `xiuhua log` say it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from xiuhua.engine import control
from xiuhua.engine.records import Control, Millis, Record
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.gateway.slowed import SLOWED, UNKEPT, Slowed, slowed_in
from xiuhua.gateway.timekeeper import MARK, Mark, mark_in
from xiuhua.log.aside import Stretch
from xiuhua.log.base import LogUnavailable
from xiuhua.log.database import LogReader
from xiuhua.log.retention import Registered

HOUR = 3_600_000
MIB = 1 << 20
AWAY_MS = HOUR
"""A reader that says nothing for so long is away: the worker speaks every half minute."""

QUIET_MS = 60_000
"""The doors write into the log every second, if only that nothing came; else they are down."""

Weight: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the log is kept by: age and bytes; and what room its disk should have. `folder` is
    where its file lies, or None where a server keeps it."""

    keep_ms: Millis
    keep_bytes: int
    disk_warn: int
    disk_stop: int
    folder: Path | None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something wrong: how bad, what, what to do; each in Chinese and English."""

    part: Literal["log", "doors", "reader", "clock", "sender", "disk"]
    weight: Weight
    zh: str
    en: str
    todo_zh: str
    todo_en: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the road stands at a moment."""

    position: int = 0
    at: Millis = 0
    trimmed: int = 0
    readers: tuple[Registered, ...] = ()
    aside: tuple[Stretch, ...] = ()
    mark: Mark | None = None
    slowed: Slowed | None = None
    unkept: Slowed | None = None
    free: int | None = None
    troubles: tuple[Trouble, ...] = ()


def examine(log: LogReader, limits: Limits, now: Millis) -> Health:
    """Look at everything. A log that does not answer is a trouble like any other."""
    free = shutil.disk_usage(limits.folder).free if limits.folder else None
    try:
        position, at = log.head()
        found = Health(
            position=position, at=at, trimmed=log.retention.trimmed(), free=free,
            readers=tuple(log.retention.registered()), aside=tuple(log.aside.stretches()),
            mark=mark_in(log.notes.get(MARK)), slowed=slowed_in(log.notes.get(SLOWED), now),
            unkept=slowed_in(log.notes.get(UNKEPT), now),
        )  # fmt: skip
        blocking = log.retention.blocking(_due(log, limits, now))
        doors = tuple(_doors(log, found, now))
    except LogUnavailable as error:
        return Health(free=free, troubles=(no_log(error), *_disk(free, limits)))
    troubles = (
        *doors,
        *_aside(found),
        *_readers(found.readers, blocking, now),
        *_clock(found.mark),
        *_slowed(found.slowed),
        *_unkept(found.unkept),
        *_disk(free, limits),
    )
    return replace(found, troubles=troubles)


def no_log(error: LogUnavailable) -> Trouble:
    """The log does not answer."""
    return Trouble(
        part="log", weight="error",
        zh="日志没有应答：目前收不进任何数据，设备不会得到确认。",
        en=f"The log does not answer: {error}",
        todo_zh="请检查 XIUHUA_LOG 和 HOME；恢复后前门会自动开放。",
        todo_en="Look at XIUHUA_LOG and HOME; the doors open by themselves afterwards.",
    )  # fmt: skip


def _doors(log: LogReader, found: Health, now: Millis) -> Iterator[Trouble]:
    held = max(0, found.mark.held) if found.mark else 0
    quiet = now - found.at - held
    if not found.position or quiet < QUIET_MS:
        return
    closed = any(_is_farewell(record) for record in log.read(found.position - 1, limit=1))
    span_zh, span_en = _span(quiet)
    zh = "前门已正常关闭" if closed else "前门没有动静，可能已停止、卡住，或日志写不进去"
    en = "The doors were closed" if closed else "The doors are dead, hang, or cannot write"
    yield Trouble(
        part="doors", weight="warning" if closed else "error",
        zh=f"{zh}：日志已有 {span_zh} 没有新记录，其间收不进任何数据。",
        en=f"{en}: for {span_en} nothing has come into the log.",
        todo_zh="请启动网关（xiuhua gateway，或 make up），并查看它的输出。",
        todo_en="Start the gateway (xiuhua gateway, or make up) and read what it says.",
    )  # fmt: skip


def _is_farewell(record: Record) -> bool:
    return isinstance(record, Control) and isinstance(control.decode(record.body), control.DoorDown)


def _due(log: LogReader, limits: Limits, now: Millis) -> int:
    """The position before which records should leave the log."""
    too_old = log.retention.older_than(now - limits.keep_ms)
    return max(too_old, log.retention.beyond_size(limits.keep_bytes))


def _aside(found: Health) -> Iterator[Trouble]:
    for each in found.aside:
        if each.last <= found.trimmed:
            continue  # its time would be over by now: history is without it, and no fold meets it
        where = f"{each.first}" if each.count == 1 else f"{each.first}–{each.last}"
        zh = en = ""
        if each.controls:
            zh = f"其中 {each.controls} 条可能是规则或台账的变更：请重新保存规则并重新载入台账。"
            en = (
                f"{each.controls} of them may have been changes of rules or ledger: save the "
                "rules and load the ledger again. "
            )
        yield Trouble(
            part="log", weight="error",
            zh=f"日志第 {where} 条（{each.count} 条，至少 {each.readings} 个读数）已损坏，"
            f"于 {_when(each.found)} 搁置；分析已越过它们继续。",
            en=f"Records {where} of the log ({each.count}, at least {each.readings} readings) are "
            f"damaged ({each.what}); they were set aside at {_when(each.found)}, and the "
            "engine went on behind them.",
            todo_zh=f"{zh}原件留在 log_aside 表中。请检查这台机器的磁盘和内存。",
            todo_en=f"{en}What is left of them is kept in the table log_aside. Check the disk "
            "and the memory of this machine.",
        )  # fmt: skip


def _readers(
    readers: tuple[Registered, ...], blocking: list[Registered], now: Millis
) -> Iterator[Trouble]:
    held_up = {reader.name for reader in blocking}
    for reader in readers:
        if now - reader.at < AWAY_MS:
            continue
        blocks = reader.name in held_up
        zh_more = "，到期的日志因它不能清理" if blocks else ""
        en_more = "; records whose time is over stay in the log for its sake" if blocks else ""
        yield Trouble(
            part="reader", weight="error" if blocks else "warning",
            zh=f"读者 {reader.name} 停在第 {reader.position} 条，"
            f"自 {_when(reader.at)} 起没有消息{zh_more}。",
            en=f"Reader {reader.name} stands at position {reader.position} and has said nothing "
            f"since {_when(reader.at)}{en_more}.",
            todo_zh=f"请启动它；若已永久停用：xiuhua log forget {reader.name}",
            todo_en=f"Start it; if it is gone for good: xiuhua log forget {reader.name}",
        )  # fmt: skip


def _clock(mark: Mark | None) -> Iterator[Trouble]:
    if mark is None or not mark.held:
        return
    span_zh, span_en = _span(abs(mark.held))
    if mark.held > 0:
        yield Trouble(
            part="clock", weight="error",
            zh=f"网关时钟突然超前 {span_zh}，没有采信；日志时间按实际流逝继续，读数照常入库。",
            en=f"The gateway's clock leapt {span_en} ahead and is not believed; log time goes on "
            "as time passes, readings are taken and stored.",
            todo_zh="若时钟错了，请校准；若时钟是对的：xiuhua log believe-clock",
            todo_en="Set the clock right if it is wrong; if it is right: xiuhua log believe-clock",
        )  # fmt: skip
    else:
        yield Trouble(
            part="clock", weight="warning",
            zh=f"网关机器的时钟比日志时间慢 {span_zh}；日志时间从不倒退，按实际流逝继续。",
            en=f"The gateway's clock is {span_en} behind log time, which never runs back and goes "
            "on as time passes.",
            todo_zh="请校准时钟（timedatectl、chrony）；若时钟是对的，无需处理。",
            todo_en="Set the clock (timedatectl, chrony); if it is right, nothing is to be done.",
        )  # fmt: skip


def _slowed(slowed: Slowed | None) -> Iterator[Trouble]:
    if slowed is None:
        return
    who = ", ".join(f"{name} ({times:,})" for name, times in slowed.most)
    since, times = _when(slowed.since), f"{slowed.times:,}"
    yield Trouble(
        part="sender", weight="warning",
        zh=f"自 {since} 起，超过限速的发送方被要求等待 {times} 次：{who}。"
        "MQTT 等待不丢失；HTTP 收到 429，需重发。",
        en=f"Since {since} senders above their rate were made to wait {times} times: {who}. "
        "By MQTT nothing is lost; by HTTP they heard 429 and must send again.",
        todo_zh="请检查这些设备；若确需更快，请调高 XIUHUA_DEVICE_RATE 或 XIUHUA_SPEAKER_RATE。",
        todo_en="Look at these devices; if they must be so fast, raise XIUHUA_DEVICE_RATE or "
        "XIUHUA_SPEAKER_RATE.",
    )  # fmt: skip


def _unkept(unkept: Slowed | None) -> Iterator[Trouble]:
    if unkept is None:
        return
    who = ", ".join(f"{name} ({times:,})" for name, times in unkept.most)
    since, times = _when(unkept.since), f"{unkept.times:,}"
    yield Trouble(
        part="sender", weight="warning",
        zh=f"自 {since} 起，有 {times} 条被拒消息超过每小时保留上限，没有保留，不能重放：{who}。",
        en=f"Since {since} {times} refused messages were beyond what is kept of a sender in an "
        f"hour; they are gone and cannot be replayed: {who}.",
        todo_zh="请在“被拒消息”页查看原因，尽快登记或修正这些设备。",
        todo_en="See the page of rejected messages for the reason, and register or mend these "
        "devices soon.",
    )  # fmt: skip


def _disk(free: int | None, limits: Limits) -> Iterator[Trouble]:
    if free is None or free >= max(limits.disk_warn, limits.disk_stop):
        return
    stopped = free < limits.disk_stop
    zh = "前门已停止接收，以便人员仍可工作。" if stopped else "空间用尽前，前门会先停止接收。"
    en = (
        "the doors take nothing, so that people can still work"
        if stopped
        else f"below {limits.disk_stop // MIB} MiB the doors stop"
    )
    yield Trouble(
        part="disk", weight="error" if stopped else "warning",
        zh=f"{limits.folder} 只剩 {free // MIB} MiB。{zh}",
        en=f"{limits.folder} has {free // MIB} MiB left; {en}.",
        todo_zh="请清理空间，或减小 XIUHUA_LOG_DAYS、XIUHUA_LOG_MB；有空间后前门自动开放。",
        todo_en="Free some space, or lower XIUHUA_LOG_DAYS or XIUHUA_LOG_MB; with room the doors "
        "open by themselves.",
    )  # fmt: skip


def _when(at: Millis) -> str:
    return f"{moment(at).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _span(ms: Millis) -> tuple[str, str]:
    if ms >= 48 * HOUR:
        return f"{ms // (24 * HOUR)} 天", f"{ms // (24 * HOUR)} days"
    if ms >= HOUR:
        return f"{ms / HOUR:.1f} 小时", f"{ms / HOUR:.1f} hours"
    return f"{ms // 1000} 秒", f"{ms // 1000} seconds"
