"""Smart manhole cover 智能井盖: tilt, open lid, water level, battery.

Traffic shakes a lid by a few degrees; one that stands ajar is a hole that somebody falls into.
A crew at work is told of too, for nobody told us of it; it shuts the lid again within minutes."""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "manhole-open"
zh = "井盖移位"
en = "Manhole cover moved"
life_safety = true
case = "manhole"
sentence.zh = "井盖倾斜 {tilt} 度，已打开：{open}；行人可能坠落，请先围挡，问清是否在施工。"
sentence.en = "Cover leans {tilt} degrees, open: {open}. Fence it off; is a crew at work there?"
[rule.params]
lean = 15
[[rule.level]]
level = "serious"
operator = "threshold"
when = "tilt >= :lean OR open = TRUE"
clear = "open = FALSE AND tilt < 5"
[[rule.level]]
level = "critical"
operator = "sequence"
first.when = "open = TRUE"
then.when = "open = FALSE"
absent = true
within = "20m"
clear_after = "7d"

[[rule]]
id = "manhole-level"
zh = "井内水位高"
en = "Water high in manhole"
case = "drain"
sentence.zh = "水位 {level} m，警戒线 {high} m，路面可能积水。"
sentence.en = "Water at {level} m, warning line {high} m; the road may flood."
[rule.params]
high = 1.2
[rule.storm]
at_least = 3
within = "1h"
at = "site"
[rule.flapping]
starts = 3
within = "2h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "level >= :high"
hold = "10m"
clear = "level < 0.8 * :high"
clear_hold = "10m"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "level >= 1.5 * :high"
hold = "5m"
clear = "level < 1.2 * :high"
clear_hold = "10m"

[[rule]]
id = "manhole-battery"
zh = "井盖传感器电池将尽"
en = "Manhole sensor battery low"
case = "device-care"
sentence.zh = "电池 {battery} V，低于 3.1 V。"
sentence.en = "Battery at {battery} V, below 3.1 V."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "battery < 3.1"
hold = "30m"
clear = "battery >= 3.3"

[[rule]]
id = "manhole-flapping"
zh = "井盖开关抖动"
en = "Manhole switch flapping"
health = true
sentence.zh = "开盖信号一小时内变了 8 次，现在已打开：{open}；开关可能损坏，请先去看井盖。"
sentence.en = "The lid's switch changed 8 times in an hour, open: {open}; go and look first."
[[rule.level]]
level = "warn"
operator = "stuck"
field = "open"
flaps = 8
per = "1h"

[[rule]]
id = "manhole-silent"
zh = "井盖传感器失联"
en = "Manhole sensor silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 10 分钟一次。"
sentence.en = "No reading for {silent}; one every 10 minutes is due."
[rule.storm]
at_least = 5
within = "15m"
at = "site"
[rule.flapping]
starts = 4
within = "3h"
[[rule.level]]
level = "warn"
operator = "silence"
after = "35m"
"""

register(
    Kind(
        code="manhole",
        zh="智能井盖",
        en="Manhole cover",
        life_safety=True,
        interval=timedelta(minutes=10),
        reorder=timedelta(0),
        chart="level",
        # a round lid with its ribs
        icon="M12 3a9 9 0 1 0 .01 0M12 6.5a5.5 5.5 0 1 0 .01 0M8.5 10.5h7M8.5 13.5h7",
        fields=(
            Field(name="tilt", type="number", unit="deg", low=0, high=180,
                  zh="倾角", en="Tilt"),
            Field(name="level", type="number", unit="m", low=0, high=30,
                  zh="水位", en="Water level"),
            Field(name="open", type="bool",
                  zh="开盖", en="Open"),
            Field(name="battery", type="number", unit="V", low=0, high=60,
                  zh="电池电压", en="Battery"),
        ),
        rules=RULES,
    )
)
