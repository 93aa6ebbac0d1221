"""Smart camera 智能监控: people counted, and what the camera itself recognised.

What lasts (standing water, a stall) may be said again in every reading or once: an alert ends
when nothing more was said for its `clear_hold`. How long a thing must stand before it counts is
the camera's to judge; but a street that was just washed is wet, and dry ten minutes later.
"""

from datetime import timedelta

from . import Field, Kind, register

RULES = """
[[rule]]
id = "camera-falling-object"
zh = "高空抛物"
en = "Thing thrown from height"
life_safety = true
case = "falling-object"
sentence.zh = "摄像机看到有东西从楼上落下（把握 {confidence:%}%）。"
sentence.en = "The camera saw something fall from the building ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'falling_object' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'falling_object'"
clear_hold = "5m"

[[rule]]
id = "camera-falling-again"
zh = "同一处屡次高空抛物"
en = "Things thrown here again and again"
sentence.zh = "这里一周内已三次看到高空抛物，请上门走访，并加装防护网。"
sentence.en = "Things fell here three times in a week; call on the homes above, put up a net."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "count"
when = "event = 'falling_object' AND confidence >= :sure"
within = "7d"
at_least = 3
clear_below = 2

[[rule]]
id = "camera-smoke"
zh = "画面出现烟雾"
en = "Smoke in the picture"
life_safety = true
case = "fire"
sentence.zh = "摄像机看到烟雾（把握 {confidence:%}%）。"
sentence.en = "The camera sees smoke ({confidence:%} % sure)."
[rule.params]
sure = 0.7
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'smoke' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'smoke'"
clear_hold = "2m"

[[rule]]
id = "camera-climbing"
zh = "翻越围墙"
en = "Somebody climbs"
case = "intrusion"
sentence.zh = "摄像机看到有人翻越围墙或攀爬外墙（把握 {confidence:%}%）。"
sentence.en = "The camera saw somebody climb the wall or the façade ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'climbing' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'climbing'"
clear_hold = "5m"

[[rule]]
id = "camera-crowd"
zh = "人群聚集"
en = "Crowd"
case = "crowd"
sentence.zh = "画面中有 {people} 人聚集（把握 {confidence:%}%）。"
sentence.en = "{people} people crowd in the picture ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'crowd' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'crowd'"
clear_hold = "5m"

[[rule]]
id = "camera-full"
subject = "place"
zh = "人数接近上限"
en = "Nearly full"
case = "crowd"
sentence.zh = "这里各摄像机共见到 {total} 人，上限 {capacity} 人；请派人疏导，限流。"
sentence.en = "{total} people here over all cameras, {capacity} at most; send people to guide them."
[rule.params]
capacity = 600
[[rule.level]]
level = "warn"
operator = "crowd"
field = "people"
capacity = ":capacity"
at = 0.8
clear = 0.7
hold = "2m"
clear_hold = "5m"
[[rule.level]]
level = "serious"
operator = "crowd"
field = "people"
capacity = ":capacity"
clear = 0.85
hold = "60s"
clear_hold = "5m"

[[rule]]
id = "camera-filling"
subject = "place"
zh = "人数快速上涨"
en = "Filling up fast"
sentence.zh = "这里共 {total} 人，上限 {capacity} 人；照十分钟来的势头十分钟内会满，请备人手。"
sentence.en = "{total} people here, {capacity} at most, full within ten minutes: call people."
[rule.params]
capacity = 600
[[rule.level]]
level = "warn"
operator = "crowd"
field = "people"
capacity = ":capacity"
ahead = "10m"
trend = "10m"
clear = 0.6
hold = "30s"
clear_hold = "5m"

[[rule]]
id = "camera-fire-lane"
zh = "占用消防通道"
en = "Fire lane blocked"
case = "fire-lane"
sentence.zh = "消防通道被车辆或杂物占用（把握 {confidence:%}%）。"
sentence.en = "The fire lane is blocked ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'fire_lane' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'fire_lane'"
clear_hold = "30m"

[[rule]]
id = "camera-fire-lane-again"
zh = "消防通道屡次被占"
en = "Fire lane blocked again and again"
sentence.zh = "这条消防通道一周内已四次被占，请装地磁或升降柱，并约谈常占的车主。"
sentence.en = "This lane was blocked four times in a week: put in a bollard or a ground sensor."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "count"
when = "event = 'fire_lane' AND confidence >= :sure"
within = "7d"
at_least = 4
clear_below = 2

[[rule]]
id = "camera-ebike-indoors"
zh = "电动车进楼"
en = "E-bike indoors"
case = "ebike-indoors"
sentence.zh = "电动自行车被推进门厅或电梯（把握 {confidence:%}%）。"
sentence.en = "An e-bike was taken into the hall or the lift ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "serious"
operator = "threshold"
when = "event = 'ebike_indoors' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'ebike_indoors'"
clear_hold = "5m"

[[rule]]
id = "camera-ebike-again"
zh = "电动车屡次进楼"
en = "E-bikes indoors again and again"
sentence.zh = "一周内已三次有电动车进这个门厅，请加装电梯阻车装置，并在楼下补充充电位。"
sentence.en = "E-bikes came in here three times in a week: have the lift refuse them, add chargers."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "count"
when = "event = 'ebike_indoors' AND confidence >= :sure"
within = "7d"
at_least = 3
clear_below = 2

[[rule]]
id = "camera-standing-water"
zh = "路面积水不退"
en = "Standing water"
case = "standing-water"
sentence.zh = "一小时内两次看到路面积水（把握 {confidence:%}%），请排水、设警示。"
sentence.en = "Water on the road twice in an hour ({confidence:%} % sure): drain it, warn of it."
[rule.params]
sure = 0.6
[rule.storm]
at_least = 3
within = "1h"
at = "site"
[[rule.level]]
level = "warn"
operator = "count"
when = "event = 'standing_water' AND confidence >= :sure"
within = "1h"
at_least = 2
clear_below = 1

[[rule]]
id = "camera-puddle"
zh = "雨中出现积水"
en = "Water gathers in the rain"
sentence.zh = "正在下雨，路面开始积水；请备泵，清一清雨水口。"
sentence.en = "It rains and water gathers on the road; have a pump ready and clear the gullies."
[rule.params]
sure = 0.6
[rule.schedule]
flag = "rain"
[rule.storm]
at_least = 3
within = "1h"
at = "site"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'standing_water' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'standing_water'"
clear_hold = "10m"

[[rule]]
id = "camera-stall"
zh = "占道设摊"
en = "Street stall"
case = "street-stall"
sentence.zh = "有人占道设摊，请城管上前劝离，引到疏导点。"
sentence.en = "A stall stands in the road; go and show them to the market place."
[rule.params]
sure = 0.6
[rule.schedule]
unless = "rain"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'stall' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'stall'"
clear_hold = "45m"

[[rule]]
id = "camera-construction"
zh = "疑似违规施工"
en = "Suspected illegal building"
case = "illegal-building"
sentence.zh = "不应施工的地方有人施工（把握 {confidence:%}%）。"
sentence.en = "Building work where none is allowed ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'construction' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'construction'"
clear_hold = "2h"

[[rule]]
id = "camera-rubbish"
zh = "垃圾堆放"
en = "Rubbish left"
case = "rubbish"
sentence.zh = "垃圾堆放在投放点之外（把握 {confidence:%}%）。"
sentence.en = "Rubbish lies outside its place ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'rubbish' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'rubbish'"
clear_hold = "2h"

[[rule]]
id = "camera-parking"
zh = "乱停车"
en = "Parked where not allowed"
case = "parking"
sentence.zh = "车辆停在不应停放的地方（把握 {confidence:%}%）。"
sentence.en = "A vehicle is parked where none may be ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'parking' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'parking'"
clear_hold = "45m"

[[rule]]
id = "camera-advert"
zh = "黑广告"
en = "Illegal advertisement"
case = "advert"
sentence.zh = "有新的非法张贴（把握 {confidence:%}%）。"
sentence.en = "A new illegal poster ({confidence:%} % sure)."
[rule.params]
sure = 0.6
[[rule.level]]
level = "warn"
operator = "threshold"
when = "event = 'advert' AND confidence >= :sure"
clear = "event IS NULL OR event <> 'advert'"
clear_hold = "30m"

[[rule]]
id = "camera-silent"
zh = "摄像机失联"
en = "Camera silent"
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
        code="camera",
        zh="智能监控",
        en="Camera",
        interval=timedelta(seconds=10),
        reorder=timedelta(seconds=2),
        chart="people",
        # a camera on its bracket
        icon="M3 8l13-4 2 6-13 4zM18 8l3-1M8 13v4h-4M4 15v6",
        fields=(
            Field(name="people", type="count", low=0, high=100000,
                  zh="人数", en="People"),
            Field(name="event", type="choice", nullable=True, zh="事件", en="Event",
                  choices=("falling_object", "crowd", "smoke", "standing_water", "stall", "rubbish",
                           "parking", "fire_lane", "ebike_indoors", "construction", "advert",
                           "climbing"),
                  choices_zh=("高空抛物", "人群聚集", "烟雾", "积水", "占道设摊", "垃圾堆放",
                              "乱停车", "占用消防通道", "电动车进楼", "违规施工", "黑广告",
                              "翻越")),
            Field(name="confidence", type="number", unit="1", low=0, high=1, nullable=True,
                  zh="把握", en="Confidence"),
            Field(name="media", type="token", nullable=True,
                  zh="影像", en="Media"),
        ),
        rules=RULES,
    )
)
