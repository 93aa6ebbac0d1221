"""Default rules over several kinds of sensor: what no kind could tell by itself.

Each asks for two things that everyday life does not bring together at one place: a wok smokes and a
vacuum cleaner sparks, but neither does both; a pump starts, but not while a house burns.

What makes a known matter worse (a fire without water) has a case of its own: what is recorded while
people act on it, up to a door that is forced, belongs to a file.
"""

from . import register_rules

RULES = """
[[rule]]
id = "home-fire"
kinds = ["smoke", "arc"]
subject = "flat"
zh = "同一户又冒烟又打火"
en = "Smoke and arcs in one home"
life_safety = true
case = "fire"
sentence.zh = "同一户有烟 {smoke.obscuration} dB/m，又有每秒 {arc.arcs} 次电弧：断电，上门。"
sentence.en = "Smoke {smoke.obscuration} dB/m, {arc.arcs} arcs a second in one home: go there."
[rule.params]
hazy = 0.05
sparks = 14
[[rule.level]]
level = "critical"
operator = "together"
within = "5m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration >= :hazy"
[[rule.level.of]]
kind = "arc"
when = "arcs >= :sparks"

[[rule]]
id = "ebike-smoke"
kinds = ["camera", "smoke"]
subject = "building"
zh = "电动车进楼后冒烟"
en = "Smoke after an e-bike came in"
life_safety = true
case = "fire"
sentence.zh = "电动车进楼后楼里有烟 {smoke.obscuration} dB/m，可能是电池：别坐电梯，上门。"
sentence.en = "Smoke {smoke.obscuration} dB/m after an e-bike came in: its battery? Go there."
[rule.params]
sure = 0.6
hazy = 0.08
[[rule.level]]
level = "critical"
operator = "sequence"
first = { kind = "camera", when = "event = 'ebike_indoors' AND confidence >= :sure" }
then = { kind = "smoke", when = "obscuration >= :hazy" }
within = "12h"
clear_after = "30m"

[[rule]]
id = "fire-no-water"
kinds = ["smoke", "water"]
subject = "site"
zh = "有火情而消火栓没水"
en = "Fire and no water"
life_safety = true
case = "fire"
sentence.zh = "有烟 {smoke.obscuration} dB/m，消火栓仅 {water.pressure:MPa} MPa：请消防自带水。"
sentence.en = "Smoke {smoke.obscuration} dB/m, hydrant at {water.pressure:MPa} MPa: bring water."
[rule.params]
limit = 0.10
low = 70000
[[rule.level]]
level = "critical"
operator = "together"
within = "10m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration >= :limit"
[[rule.level.of]]
kind = "water"
when = "pressure < :low"

[[rule]]
id = "fire-lane-fire"
kinds = ["smoke", "camera"]
subject = "site"
zh = "有火情而消防通道被占"
en = "Fire and a blocked lane"
life_safety = true
case = "fire"
sentence.zh = "有烟 {smoke.obscuration} dB/m，消防通道被占：立即挪车，指消防车走别的门。"
sentence.en = "Smoke {smoke.obscuration} dB/m and a blocked fire lane: clear it, use another gate."
[rule.params]
limit = 0.10
sure = 0.6
[[rule.level]]
level = "critical"
operator = "together"
within = "30m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration >= :limit"
[[rule.level.of]]
kind = "camera"
when = "event = 'fire_lane' AND confidence >= :sure"

[[rule]]
id = "break-in"
kinds = ["door", "camera"]
subject = "site"
zh = "撬门又翻越"
en = "A break-in under way"
sentence.zh = "门被撬，又有人翻越（把握 {camera.confidence:%}%）：保安到场，报警。"
sentence.en = "A door forced, somebody climbs ({camera.confidence:%} % sure): guards, police."
[rule.params]
sure = 0.6
[[rule.level]]
level = "critical"
operator = "together"
within = "15m"
[[rule.level.of]]
kind = "door"
when = "event = 'forced'"
[[rule.level.of]]
kind = "camera"
when = "event = 'climbing' AND confidence >= :sure"

[[rule]]
id = "flood"
kinds = ["camera", "manhole"]
subject = "site"
zh = "路面积水且井水位高"
en = "Road under water, drains full"
sentence.zh = "路面积水，井水位 {manhole.level} m，管网排不及：派泵车，封低洼路段。"
sentence.en = "Water on the road and {manhole.level} m in a drain: send a pump, close the low road."
[rule.params]
sure = 0.6
high = 0.9
[[rule.level]]
level = "serious"
operator = "together"
within = "1h"
[[rule.level.of]]
kind = "camera"
when = "event = 'standing_water' AND confidence >= :sure"
[[rule.level.of]]
kind = "manhole"
when = "level >= :high"

[[rule]]
id = "site-dark"
kinds = ["arc", "bikeshed", "camera", "sniffer", "water"]
subject = "site"
zh = "整个小区失联"
en = "A whole site is silent"
case = "device-care"
sentence.zh = "这里所有用市电的传感器 {silent}没有一个读数，多半是停电或断网；改派人巡查。"
sentence.en = "No sensor on mains here for {silent}: power or network cut? Patrol on foot."
[[rule.level]]
level = "serious"
operator = "silence"
after = "5m"
"""

register_rules(RULES)
