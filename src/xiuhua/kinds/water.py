"""Water pressure 水压监测: at hydrants and risers.

A pump that starts pulls the pressure down for a few seconds; a hydrant that a fire engine could
not use stays down for minutes."""

from datetime import timedelta

from . import Field, Kind, Order, register

RULES = """
[[rule]]
id = "water-lost"
zh = "消火栓失压"
en = "Hydrant without pressure"
case = "hydrant"
sentence.zh = "水压 {pressure:MPa} MPa，低于 {low:MPa} MPa，消防车接上也无水可用。"
sentence.en = "Pressure {pressure:MPa} MPa, below {low:MPa} MPa: no water for a fire engine here."
[rule.params]
low = 100000
[rule.storm]
at_least = 3
within = "10m"
at = "site"
[rule.flapping]
starts = 3
within = "1h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "pressure < 1.4 * :low"
hold = "10m"
clear = "pressure >= 1.5 * :low"
clear_hold = "2m"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "pressure < :low"
hold = "2m"
clear = "pressure >= 1.2 * :low"
clear_hold = "2m"

[[rule]]
id = "water-high"
zh = "水压过高"
en = "Water pressure too high"
case = "water-main"
sentence.zh = "水压 {pressure:MPa} MPa，高于 {high:MPa} MPa，管道可能爆裂。"
sentence.en = "Pressure {pressure:MPa} MPa, above {high:MPa} MPa: pipes may burst."
[rule.params]
high = 800000
[rule.storm]
at_least = 3
within = "30m"
at = "site"
[rule.flapping]
starts = 3
within = "1h"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "pressure > :high"
hold = "5m"
clear = "pressure < 0.95 * :high"
clear_hold = "5m"

[[rule]]
id = "water-burst"
zh = "疑似爆管"
en = "Suspected burst main"
case = "water-main"
sentence.zh = "流量 {flow} m³/h，超过 {burst} m³/h 已三分钟；水压 {pressure:MPa} MPa。"
sentence.en = "Flow {flow} m³/h, above {burst} m³/h for three minutes; pressure {pressure:MPa} MPa."
[rule.params]
burst = 90
[[rule.level]]
level = "serious"
operator = "threshold"
when = "flow >= :burst"
hold = "3m"
clear = "flow < 0.6 * :burst"
clear_hold = "3m"

[[rule]]
id = "water-leak"
zh = "疑似暗漏"
en = "Suspected hidden leak"
sentence.zh = "流量 {flow} m³/h，这个时段平常是 {usual} m³/h，已偏高两小时；请听漏检查。"
sentence.en = "Flow {flow} m³/h, usually {usual} m³/h at this hour, for two hours; look for a leak."
[[rule.level]]
level = "warn"
operator = "baseline"
field = "flow"
side = "above"
spreads = 6
least = 1.0
season = "day"
learn = "7d"
forget = "28d"
hold = "2h"

[[rule]]
id = "water-silent"
zh = "水压计失联"
en = "Pressure gauge silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 30 秒一次。"
sentence.en = "No reading for {silent}; one every 30 seconds is due."
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
        code="water",
        zh="水压监测",
        en="Water pressure",
        interval=timedelta(seconds=30),
        chart="pressure",
        # a drop with its inner curve above a pipe
        icon="M12 3c3.5 4.5 5 7 5 9.5a5 5 0 0 1-10 0C7 10 8.5 7.5 12 3"
             "M12 15a2.5 2.5 0 0 0 2.5-2.5M5 21h14",
        fields=(
            Field(name="pressure", type="number", unit="Pa", low=-101325, high=10000000,
                  zh="水压", en="Pressure"),
            Field(name="flow", type="number", unit="m3/h", low=-10000, high=10000, nullable=True,
                  zh="流量", en="Flow"),
        ),
        rules=RULES,
        orders=(Order(name="report", zh="立即上报", en="Report now"),),
    )
)
