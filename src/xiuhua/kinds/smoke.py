"""Smoke 烟雾感知: optical smoke and heat detectors in homes, stairwells and shops.

Cooking makes 0.02 to 0.06 dB/m for minutes; the alarm line lies above it. Clean air
may read 0 for days, but no room keeps its temperature to the last digit for one.
"""

from datetime import timedelta

from . import Field, Kind, Order, register

RULES = """
[[rule]]
id = "smoke-fire"
zh = "疑似火情"
en = "Suspected fire"
life_safety = true
case = "fire"
sentence.zh = "烟雾 {obscuration} dB/m，温度 {temperature} ℃；报警线 {limit} dB/m。"
sentence.en = "Smoke {obscuration} dB/m at {temperature} °C; the alarm line is {limit} dB/m."
[rule.params]
limit = 0.10
[rule.storm]
at_least = 3
within = "10m"
at = "building"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "obscuration >= :limit"
clear = "obscuration < 0.04"
clear_hold = "60s"
[[rule.level]]
level = "critical"
operator = "threshold"
when = "obscuration >= 0.30 OR (obscuration >= :limit AND temperature >= 57)"
clear = "obscuration < 0.04"
clear_hold = "60s"

[[rule]]
id = "smoke-heat"
zh = "室内高温"
en = "Great heat indoors"
life_safety = true
case = "fire"
sentence.zh = "温度 {temperature} ℃，报警线 {hot} ℃；烟雾 {obscuration} dB/m，可能是无烟明火。"
sentence.en = "{temperature} °C, line {hot} °C; smoke {obscuration} dB/m: flames without smoke?"
[rule.params]
hot = 60
[[rule.level]]
level = "serious"
operator = "threshold"
when = "temperature >= :hot AND obscuration < 0.10"
hold = "10s"
clear = "temperature < 45"
clear_hold = "60s"

[[rule]]
id = "smoke-battery"
zh = "烟感电池将尽"
en = "Smoke detector battery low"
case = "device-care"
sentence.zh = "电池 {battery} V，低于 2.5 V。"
sentence.en = "Battery at {battery} V, below 2.5 V."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "battery < 2.5"
hold = "10m"
clear = "battery >= 2.7"

[[rule]]
id = "smoke-frozen"
zh = "烟感读数冻结"
en = "Smoke detector frozen"
health = true
sentence.zh = "温度一直是 {temperature} ℃，一天没有变过，探测器可能已失灵。"
sentence.en = "Stuck at {temperature} °C for a day: the detector may see nothing any more."
[[rule.level]]
level = "warn"
operator = "stuck"
field = "temperature"
frozen = "24h"

[[rule]]
id = "smoke-silent"
zh = "烟感失联"
en = "Smoke detector silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 60 秒一次。"
sentence.en = "No reading for {silent}; one a minute is due."
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
after = "10m"
"""

register(
    Kind(
        code="smoke",
        zh="烟雾感知",
        en="Smoke",
        life_safety=True,
        interval=timedelta(seconds=60),
        reorder=timedelta(0),
        chart="obscuration",
        # a curl of smoke above a dome
        icon="M4 18h16M7 18a5 5 0 0 1 10 0M12 10c-2-2 2-3 0-6",
        fields=(
            Field(name="obscuration", type="number", unit="dB/m", low=0, high=50,
                  zh="减光率", en="Obscuration"),
            Field(name="temperature", type="number", unit="Cel", low=-60, high=1500,
                  zh="温度", en="Temperature"),
            Field(name="battery", type="number", unit="V", low=0, high=60,
                  zh="电池电压", en="Battery"),
        ),
        rules=RULES,
        orders=(Order(name="silence", zh="消音", en="Silence the sounder"),
                Order(name="report", zh="立即上报", en="Report now"),),
    )
)
