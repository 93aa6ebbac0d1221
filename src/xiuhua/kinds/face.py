"""Face recognition 人脸识别: gates that know those who enrolled by choice, and nobody else.

`person` is a token that the gate matched on itself; null is a stranger: a courier, a guest. That
is an event, never an alarm."""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "face-spoof"
zh = "冒用人脸"
en = "Face faked"
case = "intrusion"
sentence.zh = "人脸与登记居民相符，但不是真人（相似度 {confidence:%}%），可能是照片。"
sentence.en = "An enrolled face, but not a living one ({confidence:%} % sure): a photograph?"
[rule.params]
sure = 0.8
[[rule.level]]
level = "serious"
operator = "threshold"
when = "NOT person IS NULL AND live = FALSE AND confidence >= :sure"
clear = "live = TRUE OR person IS NULL"
clear_hold = "2m"

[[rule]]
id = "face-withdrawn"
zh = "已注销人脸仍被识别"
en = "Withdrawn face still matched"
case = "device-care"
sentence.zh = "人脸机认出了没有登记的人，请从设备上删除这份人脸。"
sentence.en = "The gate matched somebody who is not enrolled; delete that face from the gate."
[[rule.level]]
level = "warn"
operator = "member"
field = "person"
list = "faces@{site}"
is = "not in"
clear_after = "10m"
"""

register(
    Kind(
        code="face",
        zh="人脸识别",
        en="Face gate",
        personal=True,
        interval=None,
        reorder=timedelta(seconds=2),
        chart="confidence",
        # a face within the corners of a frame
        icon="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 10v1M15 10v1M9 15c2 1.5 4 1.5 6 0",
        fields=(
            Field(name="person", type="token", nullable=True,
                  zh="登记人员", en="Person"),
            Field(name="confidence", type="number", unit="1", low=0, high=1, nullable=True,
                  zh="相似度", en="Confidence"),
            Field(name="live", type="bool",
                  zh="真人", en="Live"),
            Field(name="direction", type="choice",
                  choices=("in", "out"),
                  choices_zh=("进", "出"),
                  zh="方向", en="Direction"),
        ),
        rules=RULES,
    )
)
