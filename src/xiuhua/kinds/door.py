"""Smart door access 智能门禁: the entrance of a building. Cards are opaque tokens.

Every reading says in `open` how the leaf stands now; `event` is null in the ten-minute reading.

A wallet held to the reader shows two or three cards, and a resident in a hurry tries one card three
or four times: only what goes beyond is somebody who tries cards, or somebody who cannot get in.
"""

from datetime import timedelta

from . import Field, Kind, Order, register

RULES = """
[[rule]]
id = "door-forced"
zh = "门被撬开"
en = "Door forced"
case = "intrusion"
sentence.zh = "单元门没有刷卡就被强行打开。"
sentence.en = "The entrance was opened by force, with no card."
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'forced'"
clear = "open = FALSE"
clear_hold = "5m"

[[rule]]
id = "door-forced-again"
subject = "site"
zh = "同一小区屡次撬门"
en = "Doors forced here again and again"
sentence.zh = "这个小区一周内已有三次撬门，像是系列盗窃；请报派出所并案，加强夜间巡逻。"
sentence.en = "Doors forced three times in a week here: tell the police, patrol more at night."
[[rule.level]]
level = "serious"
operator = "count"
when = "event = 'forced'"
within = "7d"
at_least = 3
clear_below = 1

[[rule]]
id = "door-tamper"
zh = "门禁被拆动"
en = "Door access tampered with"
case = "device-care"
sentence.zh = "门禁机外壳被打开或被移动。"
sentence.en = "The housing of the door terminal was opened or moved."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'tamper'"
clear = "event IS NULL OR event <> 'tamper'"
clear_hold = "10m"

[[rule]]
id = "door-held"
zh = "单元门长时间未关"
en = "Door held open"
case = "door-held"
sentence.zh = "单元门敞开 15 分钟以上没有关，请去看看。"
sentence.en = "The entrance has stood open for 15 minutes or more; please have a look."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "open = TRUE"
hold = "15m"
clear = "open = FALSE"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "open = TRUE"
hold = "60m"
clear = "open = FALSE"

[[rule]]
id = "door-denied"
zh = "无权限卡刷门"
en = "Card refused"
sentence.zh = "有一张无权限的卡刷了这扇门，门没有开。"
sentence.en = "A card without access was held to this door; it stayed shut."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'card' AND granted = FALSE"
clear = "event IS NULL OR event <> 'card' OR granted = TRUE"
clear_hold = "5m"

[[rule]]
id = "door-cards-tried"
zh = "换着卡试刷门"
en = "Card after card tried"
case = "intrusion"
sentence.zh = "十分钟内有四张不同的卡在这扇门上都没有权限，像是有人在试卡，请去门口看看。"
sentence.en = "Four different cards were refused here within ten minutes; look who is there."
[[rule.level]]
level = "serious"
operator = "distinct"
field = "card"
when = "event = 'card' AND granted = FALSE"
within = "10m"
at_least = 4
clear_below = 1

[[rule]]
id = "door-refuses"
zh = "有人反复刷卡进不去"
en = "Somebody cannot get in"
case = "card-check"
sentence.zh = "这扇门十分钟内五次拒绝刷卡，可能有住户的卡失效、进不了门，请核对授权。"
sentence.en = "The door refused five times in ten minutes; a resident may be locked out."
[[rule.level]]
level = "warn"
operator = "count"
when = "event = 'card' AND granted = FALSE"
within = "10m"
at_least = 5
clear_below = 1

[[rule]]
id = "door-stale"
zh = "已注销的卡仍能开门"
en = "Cancelled card still opens"
case = "card-check"
sentence.zh = "一张不在本楼名单上的卡打开了门，请核对门禁授权。"
sentence.en = "A card that is not on this building's list opened the door; check its permissions."
[[rule.level]]
level = "serious"
operator = "member"
field = "card"
list = "cards@{building}"
is = "not in"
when = "event = 'card' AND granted = TRUE"
clear_after = "24h"

[[rule]]
id = "door-silent"
zh = "门禁失联"
en = "Door access silent"
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
        code="door",
        zh="智能门禁",
        en="Door access",
        personal=True,
        interval=timedelta(minutes=10),
        reorder=timedelta(seconds=2),
        chart="open",
        # a door ajar in its frame
        icon="M6 21V4l9-1v18M15 5h3v16M4 21h16M12 11v2",
        fields=(
            Field(name="event", type="choice", nullable=True,
                  choices=("open", "close", "card", "code", "remote", "button", "forced",
                           "tamper"),
                  choices_zh=("开门", "关门", "刷卡", "密码", "远程", "按钮", "强开", "拆动"),
                  zh="事件", en="Event"),
            Field(name="card", type="token", nullable=True,
                  zh="门卡", en="Card"),
            Field(name="granted", type="bool", nullable=True,
                  zh="准许", en="Granted"),
            Field(name="open", type="bool",
                  zh="门开着", en="Open"),
        ),
        rules=RULES,
        orders=(Order(name="open", zh="开门", en="Open the door"),),
    )
)
