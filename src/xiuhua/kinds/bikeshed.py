"""Smart bike shed 智能车棚: heat, smoke and charging of e-bikes.

A tin roof in August makes 42 ℃, and 5 ℃ more within ten minutes when the sun comes out; a battery
that runs away makes 60 ℃ in a few minutes, and shows in winter too long before the shed is hot."""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "bikeshed-fire"
zh = "车棚疑似起火"
en = "Suspected fire in bike shed"
life_safety = true
case = "fire"
sentence.zh = "烟雾 {smoke} dB/m，温度 {temperature} ℃；充电 {charging} 辆，功率 {power} W。"
sentence.en = "Smoke {smoke} dB/m at {temperature} °C; {charging} charging at {power} W."
[rule.params]
limit = 0.15
[[rule.level]]
level = "serious"
operator = "threshold"
when = "smoke >= :limit OR temperature >= 60"
clear = "smoke < 0.06 AND temperature < 50"
clear_hold = "2m"
[[rule.level]]
level = "critical"
operator = "threshold"
when = "smoke >= :limit AND temperature >= 60"
clear = "smoke < 0.06 AND temperature < 50"
clear_hold = "2m"

[[rule]]
id = "bikeshed-hot"
zh = "车棚升温"
en = "Bike shed overheating"
case = "shed-heat"
sentence.zh = "温度 {temperature} ℃，报警线 {hot} ℃；充电 {charging} 辆，功率 {power} W。请先断电。"
sentence.en = "{temperature} °C, line {hot} °C; {charging} charge at {power} W. Cut the power."
[rule.params]
hot = 46
[rule.flapping]
starts = 3
within = "1h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature >= :hot - 2"
hold = "3m"
clear = "temperature < :hot - 4"
clear_hold = "2m"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "temperature >= :hot"
hold = "60s"
clear = "temperature < :hot - 3"
clear_hold = "2m"

[[rule]]
id = "bikeshed-rising"
zh = "车棚快速升温"
en = "Bike shed heating up fast"
case = "shed-heat"
sentence.zh = "十分钟内上升 {step} ℃ 以上，现在 {temperature} ℃；充电 {charging} 辆。请先断电。"
sentence.en = "{step} °C more in ten minutes, {temperature} °C; {charging} charge. Cut the power."
[rule.params]
step = 8
[[rule.level]]
level = "serious"
operator = "slope"
field = "temperature"
within = "10m"
rise = ":step"

[[rule]]
id = "bikeshed-overload"
zh = "车棚充电超负荷"
en = "Bike shed overloaded"
case = "electric-fault"
sentence.zh = "充电功率 {power} W，超过 {watts} W 已十分钟；充电 {charging} 辆。"
sentence.en = "Charging takes {power} W, above {watts} W for ten minutes; {charging} charging."
[rule.params]
watts = 8000
[[rule.level]]
level = "warn"
operator = "threshold"
when = "power >= :watts"
hold = "10m"
clear = "power < 0.9 * :watts"
clear_hold = "2m"

[[rule]]
id = "bikeshed-wild"
zh = "车棚私拉电线"
en = "Power drawn beside the chargers"
case = "electric-fault"
sentence.zh = "没有车在充电，却用电 {power} W，可能私拉电线。"
sentence.en = "Nothing is charging, yet {power} W is drawn: somebody may have run a wire."
[rule.params]
idle = 400
[[rule.level]]
level = "warn"
operator = "threshold"
when = "charging = 0 AND power >= :idle"
hold = "10m"
clear = "charging > 0 OR power < :idle"
clear_hold = "2m"

[[rule]]
id = "bikeshed-full"
zh = "车棚停满"
en = "Bike shed full"
sentence.zh = "停了 {vehicles} 辆，放得下 {capacity} 辆，白天也不见少；请清理僵尸车，免得停进楼道。"
sentence.en = "{vehicles} bikes, room for {capacity}, by day too: clear out those nobody rides."
[rule.params]
capacity = 40
[[rule.level]]
level = "warn"
operator = "threshold"
when = "vehicles >= :capacity"
hold = "18h"
clear = "vehicles < 0.9 * :capacity"
clear_hold = "2h"

[[rule]]
id = "bikeshed-silent"
zh = "车棚传感器失联"
en = "Shed sensor silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 30 秒一次。"
sentence.en = "No reading for {silent}; one every 30 seconds is due."
[rule.storm]
at_least = 3
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
        code="bikeshed",
        zh="智能车棚",
        en="Bike shed",
        life_safety=True,
        interval=timedelta(seconds=30),
        reorder=timedelta(0),
        chart="temperature",
        # a bicycle under a roof
        icon="M3 8l9-5 9 5M6 15a3 3 0 1 0 .01 0M18 15a3 3 0 1 0 .01 0"
             "M6 18l4-6h6l2 6M10 12l2 6 4-6M9 10h2",
        fields=(
            Field(name="temperature", type="number", unit="Cel", low=-60, high=1500,
                  zh="温度", en="Temperature"),
            Field(name="smoke", type="number", unit="dB/m", low=0, high=50,
                  zh="减光率", en="Smoke"),
            Field(name="power", type="number", unit="W", low=0, high=1000000,
                  zh="充电功率", en="Charging power"),
            Field(name="charging", type="count", low=0, high=1000,
                  zh="充电车辆", en="Charging"),
            Field(name="vehicles", type="count", low=0, high=10000,
                  zh="停放车辆", en="Bikes"),
        ),
        rules=RULES,
    )
)
