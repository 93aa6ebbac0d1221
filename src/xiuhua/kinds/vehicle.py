"""Vehicle micro-checkpoint 车辆微卡口: plates at a compound's gate, as tokens."""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "vehicle-unknown"
zh = "陌生车辆进入"
en = "Unknown vehicle came in"
case = "vehicle-check"
sentence.zh = "一辆不在本小区名单上的车进入（识别把握 {confidence:%}%）。"
sentence.en = "A vehicle that is not on the compound's list came in ({confidence:%} % sure)."
[rule.params]
sure = 0.85
[[rule.level]]
level = "warn"
operator = "member"
field = "plate"
list = "vehicles@{site}"
is = "not in"
when = "direction = 'in' AND confidence >= :sure"
clear_after = "10m"

[[rule]]
id = "vehicle-hidden"
zh = "遮挡号牌车辆进入"
en = "Vehicle with hidden plate came in"
case = "vehicle-check"
sentence.zh = "一辆看不到号牌的车进入小区（识别把握 {confidence:%}%），可能遮挡号牌。"
sentence.en = "A vehicle came in with no plate to be seen ({confidence:%} % sure); is it covered?"
[rule.params]
certain = 0.95
[[rule.level]]
level = "warn"
operator = "threshold"
when = "plate IS NULL AND direction = 'in' AND confidence >= :certain"
clear = "NOT plate IS NULL"
clear_hold = "10m"
"""

register(
    Kind(
        code="vehicle",
        zh="车辆微卡口",
        en="Vehicle checkpoint",
        personal=True,
        interval=None,
        reorder=timedelta(seconds=2),
        chart="confidence",
        # a car seen from the front
        icon="M4 16v-4l2-6h12l2 6v4zM4 12h16M7 16v3M17 16v3M8 14v.01M16 14v.01",
        fields=(
            Field(name="plate", type="token", nullable=True, tokenised=True,
                  zh="号牌", en="Plate"),
            Field(name="direction", type="choice",
                  choices=("in", "out"),
                  choices_zh=("进", "出"),
                  zh="方向", en="Direction"),
            Field(name="confidence", type="number", unit="1", low=0, high=1,
                  zh="识别把握", en="Confidence"),
        ),
        rules=RULES,
    )
)
