"""Electronic sniffing 电子嗅探: how many phones are near. A number, never an address."""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "sniffer-dense"
zh = "人群异常密集"
en = "Unusually many phones"
sentence.zh = "一分钟内数到 {devices} 部手机，超过 {dense} 部已十分钟。"
sentence.en = "{devices} phones counted in a minute, above {dense} for ten minutes."
[rule.params]
dense = 1500
[[rule.level]]
level = "warn"
operator = "threshold"
when = "devices >= :dense"
hold = "10m"
clear = "devices < 0.8 * :dense"
clear_hold = "5m"

[[rule]]
id = "sniffer-unusual"
zh = "人流比平常多"
en = "More people than usual"
sentence.zh = "一分钟内数到 {devices} 部手机，这个时段平常是 {usual} 部，已十分钟；请看看画面。"
sentence.en = "{devices} phones in a minute, usually {usual} at this hour; look at the picture."
[[rule.level]]
level = "warn"
operator = "baseline"
field = "devices"
side = "above"
spreads = 8
least = 150
season = "day"
learn = "7d"
forget = "28d"
hold = "10m"

[[rule]]
id = "sniffer-silent"
zh = "嗅探器失联"
en = "Counter silent"
health = true
sentence.zh = "已 {silent} 没有读数，应每 60 秒一次。"
sentence.en = "No reading for {silent}; one a minute is due."
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
after = "10m"
"""

register(
    Kind(
        code="sniffer",
        zh="电子嗅探",
        en="Device counter",
        personal=True,
        interval=timedelta(seconds=60),
        reorder=timedelta(seconds=2),
        chart="devices",
        # a mast that listens
        icon="M12 13v8M9 21h6M12 11v.01M8.5 14.5a5 5 0 1 1 7 0M5.5 17a9 9 0 1 1 13 0",
        fields=(
            Field(name="devices", type="count", low=0, high=100000,
                  zh="手机数", en="Phones"),
            Field(name="new", type="count", low=0, high=100000,
                  zh="新出现", en="New"),
        ),
        rules=RULES,
    )
)
