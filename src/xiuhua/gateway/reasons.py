"""Why a message was refused: a code, and a sentence in Chinese and English that says what to do.

Sentences hold names and limits, never a value that the message brought: they are kept and shown
for personal kinds too.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "unreadable": (
        "内容不是可读的 JSON（UTF-8）：{why}。请检查设备的报文。",
        "This is not readable JSON in UTF-8: {why}. Check how the device writes its messages.",
    ),
    "too_deep": (
        "内容嵌套过深。读数是一层的对象。",
        "The message is nested too deeply. A reading is one flat object.",
    ),
    "empty": (
        "报文里没有读数。",
        "There is no reading in this message.",
    ),
    "not_object": (
        "每条读数应是一个 JSON 对象。",
        "Each reading must be a JSON object.",
    ),
    "too_large": (
        "报文超过 {limit} 字节。请分批发送。",
        "The message is longer than {limit} bytes. Send it in parts.",
    ),
    "too_many": (
        "一个报文最多 {limit} 条读数。请分批发送。",
        "A message may hold {limit} readings at most. Send it in parts.",
    ),
    "bad_topic": (
        "主题应为 up/<设备编号>。",
        "The topic must be up/<device id>.",
    ),
    "no_device": (
        "没有写明设备：请加上 device 字段（文字）。",
        "No device is named: add the text field device.",
    ),
    "unknown_device": (
        "台账里没有这个设备。请先在台账登记；登记后可重放此报文。",
        "This device is not in the ledger. Register it first; the message can then be replayed.",
    ),
    "unknown_speaker": (
        "台账里已没有这个发送者（设备或网关）。请先恢复登记；登记后可再重放。",
        "The sender is no longer in the ledger. Register it again; then replay once more.",
    ),
    "not_yours": (
        "发送者无权代这个设备发言。请检查台账中设备所属的网关。",
        "The sender may not speak for this device. Check in the ledger which gateway it is under.",
    ),
    "other_device": (
        "报文写的设备与主题或登录的设备不同。一个主题只发一个设备的读数。",
        "The device in the message is not the one of its topic or login. One topic, one device.",
    ),
    "unknown_kind": (
        "台账把这个设备记为「{kind}」，系统不认识这种传感器。",
        "The ledger says this device is of kind {kind!r}, which this house does not know.",
    ),
    "bad_time": (
        "time 应是毫秒时间戳（13 位整数）或带时区的 RFC 3339 文字。",
        "time must be epoch milliseconds (13 digits) or RFC 3339 text with its zone.",
    ),
    "time_in_seconds": (
        "time 像是以秒计。请乘以 1000，改用毫秒。",
        "time looks like seconds. Multiply by 1000: it must be milliseconds.",
    ),
    "time_without_zone": (
        "time 没有时区。请在末尾加 Z 或 +08:00。",
        "time has no zone. Add Z or +08:00 at its end.",
    ),
    "time_too_old": (
        "time 早于 2000 年：设备的时钟可能已失准。请校时。",
        "time is before the year 2000: the device's clock is probably lost. Set it.",
    ),
    "from_the_future": (
        "time 比到达时刻晚 {ahead} 秒，最多允许 {limit} 秒。请校准设备时钟。",
        "time is {ahead} s after the message arrived; {limit} s is allowed. Set the clock.",
    ),
    "wrong_type": (
        "字段 {field} 应是{wanted_zh}。",
        "Field {field} must be {wanted_en}.",
    ),
    "out_of_limits": (
        "字段 {field} 超出仪器可能的范围 {low}～{high}{unit}。请检查单位与传感器。",
        "Field {field} is outside {low} to {high}{unit}, which is all it can say. Check it.",
    ),
    "not_a_choice": (
        "字段 {field} 应是以下之一：{choices}。",
        "Field {field} must be one of: {choices}.",
    ),
    "text_too_long": (
        "字段 {field} 超过 {limit} 个字符。",
        "Field {field} is longer than {limit} characters.",
    ),
    "no_field": (
        "没有「{kind}」的任何字段。应有：{fields}。",
        "None of the fields of kind {kind} is there. Expected: {fields}.",
    ),
    "senml_version": (
        "SenML 版本（bver）过新或不一致；支持到 10。整包未取。",
        "The SenML version (bver) is above 10 or not the same throughout. The pack was refused.",
    ),
    "senml_label": (
        "SenML 必解标签 {field} 不认识。",
        "SenML label {field} must be understood, and is not.",
    ),
    "senml_type": (
        "SenML 标签 {field} 的值类型不对。",
        "The value of SenML label {field} is of the wrong type.",
    ),
    "senml_name": (
        "SenML 名称（bn + n）为空，或含有不允许的字符。",
        "The SenML name (bn + n) is empty, or has a character that is not allowed.",
    ),
    "senml_value": (
        "每条 SenML 记录应恰有 v、vs、vb 之一；vd 与 s 不支持。",
        "A SenML record must have exactly one of v, vs, vb; vd and s are not supported here.",
    ),
    "senml_unit": (
        "字段 {field} 的 SenML 单位无法换算为 {unit}。",
        "The SenML unit of field {field} cannot be converted to {unit}.",
    ),
}


MENDABLE = frozenset({"unknown_device", "unknown_speaker", "not_yours"})
"""What can be played again once the ledger is mended."""


class Refused(Exception):
    """A message, or one reading of it, that is not taken. `reason` is a key of `SENTENCES`."""

    def __init__(self, reason: str, **facts: str | float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts

    @property
    def zh(self) -> str:
        return SENTENCES[self.reason][0].format(**self.facts)

    @property
    def en(self) -> str:
        return SENTENCES[self.reason][1].format(**self.facts)
