"""Arc fault 电弧监测: arcs, leakage and heat in the wiring of homes, risers and shops.

A vacuum cleaner's brushes make up to a dozen arcs a second, more for single readings (and the
reading after one may be lost); a failing joint makes more than `limit` as long as current flows.

A refrigerator draws some 0.6 A and stops again; who lives there boils water, cooks, has the light
and the television on. A night's sleep and a day out are each shorter than twelve hours.
"""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "arc-fault"
zh = "疑似电气火灾"
en = "Suspected electrical fire"
life_safety = true
case = "fire"
sentence.zh = "每秒 {arcs} 次电弧，线路 {temperature} ℃；报警线每秒 {limit} 次。"
sentence.en = "{arcs} arcs a second, wiring at {temperature} °C; alarm line {limit} a second."
[rule.params]
limit = 14
[[rule.level]]
level = "serious"
operator = "threshold"
when = "arcs >= :limit"
hold = "25s"
clear = "arcs < 5"
clear_hold = "60s"
[[rule.level]]
level = "critical"
operator = "threshold"
when = "arcs >= :limit AND temperature >= 70"
hold = "10s"
clear = "arcs < 5 AND temperature < 60"
clear_hold = "60s"

[[rule]]
id = "arc-hot"
zh = "线路过热"
en = "Wiring overheated"
case = "electric-fault"
sentence.zh = "线路 {temperature} ℃，报警线 {hot} ℃；电流 {current} A。"
sentence.en = "Wiring at {temperature} °C, alarm line {hot} °C; current {current} A."
[rule.params]
hot = 75
[[rule.level]]
level = "serious"
operator = "threshold"
when = "temperature >= :hot"
hold = "30s"
clear = "temperature < 60"
clear_hold = "5m"

[[rule]]
id = "arc-leakage"
zh = "漏电"
en = "Earth leakage"
case = "electric-fault"
sentence.zh = "剩余电流 {leakage} mA，报警线 {leak} mA。"
sentence.en = "Residual current {leakage} mA; the alarm line is {leak} mA."
[rule.params]
leak = 300
[rule.flapping]
starts = 3
within = "1h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "leakage >= :leak"
hold = "60s"
clear = "leakage < 200"
clear_hold = "60s"

[[rule]]
id = "arc-ageing"
zh = "线路绝缘老化"
en = "Insulation ageing"
sentence.zh = "剩余电流 {leakage} mA，几天来一直高于平常；还没到报警线，请趁早安排检修。"
sentence.en = "Residual current {leakage} mA, above its usual for days: have the wiring looked at."
[[rule.level]]
level = "warn"
operator = "drift"
field = "leakage"
side = "above"
slack = 2
limit = 4
least = 3
learn = "3d"
forget = "28d"

[[rule]]
id = "arc-quiet"
zh = "独居老人久无动静"
en = "An elder alone has gone quiet"
case = "care-check"
sentence.zh = "用电一直不超过 {idle} A（只剩冰箱），已 {silent}；请先打电话，没人接就上门。"
sentence.en = "Nothing above {idle} A (the refrigerator) for {silent}; ring up, then go there."
[rule.scope]
tags = ["elder_alone"]
[rule.params]
idle = 0.7
[[rule.level]]
level = "warn"
operator = "silence"
after = "12h"
when = "current > :idle"
[[rule.level]]
level = "serious"
operator = "silence"
after = "18h"
when = "current > :idle"

[[rule]]
id = "arc-overload"
zh = "用电过载"
en = "Overload"
sentence.zh = "电流 {current} A，超过额定 {rating} A 已五分钟。"
sentence.en = "Current {current} A, above the rated {rating} A for five minutes."
[rule.params]
rating = 40
[rule.flapping]
starts = 3
within = "1h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "current >= :rating"
hold = "5m"
clear = "current < 0.9 * :rating"
clear_hold = "60s"

[[rule]]
id = "arc-silent"
zh = "电弧探测器失联"
en = "Arc detector silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 10 秒一次。"
sentence.en = "No reading for {silent}; one every 10 seconds is due."
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
after = "5m"
"""

register(
    Kind(
        code="arc",
        zh="电弧监测",
        en="Arc fault",
        life_safety=True,
        interval=timedelta(seconds=10),
        reorder=timedelta(0),
        chart="arcs",
        # a wire that sparks in its middle
        icon="M3 12h5l2-3 2 6 2-6 2 3h5M12 3v2M7 5l1 2M17 5l-1 2",
        fields=(
            Field(name="arcs", type="number", unit="/s", low=0, high=100000,
                  zh="每秒电弧次数", en="Arcs per second"),
            Field(name="current", type="number", unit="A", low=0, high=1000,
                  zh="电流", en="Current"),
            Field(name="leakage", type="number", unit="mA", low=0, high=30000,
                  zh="剩余电流", en="Residual current"),
            Field(name="temperature", type="number", unit="Cel", low=-60, high=1500,
                  zh="线路温度", en="Wiring temperature"),
        ),
        rules=RULES,
    )
)
