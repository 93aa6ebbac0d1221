"""One rule for each operator, over the law book's kind `lawgate`, so that each law runs on all.

`level` (a number or missing: 1, 4, 6) and `tag` (a token: a, b, or missing) are its fields.
"""

from __future__ import annotations

SPAN = 500
"""How long the law book's kind waits to be sorted, ms."""

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

JOINED = {
    "together": """
operator = "together"
within = "1500ms"
[[rule.level.of]]
kind = "lawgate"
when = "level > 3"
[[rule.level.of]]
kind = "smoke"
when = "obscuration > 0.1"
""",
    "sequence": """
operator = "sequence"
within = "2s"
first = { kind = "lawgate", when = "level > 5" }
then = { kind = "smoke", when = "obscuration > 0.01" }
clear_after = "900ms"
[[rule.level]]
level = "warn"
operator = "sequence"
within = "1300ms"
absent = true
first = { kind = "smoke", when = "obscuration > 0.1" }
then = { kind = "lawgate", when = "level = 1" }
clear_after = "5s"
""",
    "crowd": """
operator = "crowd"
kind = "lawgate"
field = "level"
capacity = 11
clear = 0.7
stale = "3s"
trend = "4s"
ahead = "2s"
hold = "200ms"
""",
    "silence": """
operator = "silence"
after = "2500ms"
[[rule.level.of]]
kind = "lawgate"
when = "level = 6"
""",
}
"""Operators that join several devices, of two kinds with different spans."""

_BOTH = 'kinds = ["lawgate", "smoke"]\nsubject = "site"'
FURTHER = {
    "silence-of-any": ('operator = "silence"\nafter = "2s"\n', _BOTH),
    "silence-and-together": (
        JOINED["silence"] + '[[rule.level]]\nlevel = "critical"\n' + JOINED["together"],
        _BOTH,
    ),
    "crowd-of-a-place": (
        """
operator = "crowd"
field = "level"
capacity = ":limit"
stale = "2s"
trend = "2s"
""",
        """kind = "lawgate"
subject = "place"
[rule.params]
limit = 9
[rule.flapping]
starts = 2
within = "3s\"""",
    ),
    "count-at-place": (
        """
operator = "count"
when = "level > 3"
within = "900ms"
at_least = 3
""",
        'kind = "lawgate"\nsubject = "site"',
    ),
    "silence-of-words": (
        """
operator = "silence"
after = "3s"
when = "level = 4"
""",
        'kind = "lawgate"',
    ),
    "storm": (
        """
operator = "threshold"
when = "level > 3"
""",
        'kind = "lawgate"\n[rule.storm]\nat_least = 2\nwithin = "700ms"',
    ),
    "flapping": (
        """
operator = "threshold"
when = "level > 3"
""",
        'kind = "lawgate"\n[rule.flapping]\nstarts = 3\nwithin = "4s"',
    ),
    "flapping-storm": (
        """
operator = "member"
field = "tag"
list = "known@{site}"
is = "not in"
clear_after = "300ms"
""",
        """kind = "lawgate"
[rule.flapping]
starts = 2
within = "3s"
[rule.storm]
at_least = 2
within = "2s\"""",
    ),
    "scheduled": (
        """
operator = "threshold"
when = "level > :limit"
hold = "200ms"
""",
        """kind = "lawgate"
[rule.params]
limit = 3
[[rule.params_from]]
date = 2026-09-22
limit = 5
[rule.schedule]
hours = ["22:14-22:10"]
unless = "rain\"""",
    ),
}
"""What a rule may say around its operators, each with the lines that stand above its levels."""


def _rule(name: str, settings: str, above: str = 'kind = "lawgate"') -> str:
    sentence = "{lawgate.level}" if "kinds" in above else "{level}"
    above, table, rest = above.partition("\n[")
    return f"""
[[rule]]
id = "law-{name}"
zh = "{name}"
en = "{name}"
{above}
sentence.zh = "{sentence}"
sentence.en = "{sentence}"
{table.strip()}{rest}
[[rule.level]]
level = "serious"
{settings}"""


GATES = [
    *(_rule(name, settings) for name, settings in EXAMPLES.items()),
    *(_rule(f"{name}-of-both", settings, _BOTH) for name, settings in JOINED.items()),
    *(_rule(name, settings, above) for name, (settings, above) in FURTHER.items()),
]
