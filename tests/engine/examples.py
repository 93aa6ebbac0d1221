"""One rule for each operator, over the law book's kind `lawgate`, so that each law runs on all.

`level` (a number or missing: 1, 4, 6) and `tag` (a token: a, b, or missing) are its fields.
"""

from __future__ import annotations

EXAMPLES = {
    "threshold": """
operator = "threshold"
when = "level > 5"
hold = "1s"
clear = "level < 3"
clear_hold = "700ms"
""",
    "silence": """
operator = "silence"
after = "4s"
""",
    "member": """
operator = "member"
field = "tag"
list = "known@{site}"
is = "not in"
clear_after = "2s"
""",
    "count": """
operator = "count"
when = "level > 3"
within = "2s"
at_least = 3
clear_below = 2
""",
    "distinct": """
operator = "distinct"
field = "tag"
when = "level > 3"
within = "1500ms"
at_least = 2
""",
    "slope": """
operator = "slope"
field = "level"
within = "6s"
rise = 1.5
hold = "300ms"
""",
    "baseline": """
operator = "baseline"
field = "level"
spreads = 1.2
season = "none"
learn = "2s"
forget = "6s"
hold = "300ms"
""",
    "drift": """
operator = "drift"
field = "level"
slack = 0.1
limit = 0.000002
learn = "2s"
forget = "6s"
""",
    "stuck": """
operator = "stuck"
field = "level"
frozen = "3s"
[[rule.level]]
level = "warn"
operator = "stuck"
field = "level"
jump = 4
clear_after = "900ms"
[[rule.level]]
level = "critical"
operator = "stuck"
field = "level"
flaps = 3
per = "4s"
at = 5
""",
}


def _rule(operator: str, settings: str) -> str:
    return f"""
[[rule]]
id = "law-{operator}"
zh = "{operator}"
en = "{operator}"
kind = "lawgate"
sentence.zh = "{{level}}"
sentence.en = "{{level}}"
[[rule.level]]
level = "serious"
{settings}"""


GATES = [_rule(operator, settings) for operator, settings in EXAMPLES.items()]
