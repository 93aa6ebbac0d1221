"""How far a replay has come, told on a terminal only."""

from __future__ import annotations

import io

from xiuhua.runners.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_line_move() -> None:
    out, moments = Terminal(), iter((0.0, 1.0, 1.05, 2.0))
    bar = Bar(out, 4_000_000, lambda: next(moments))
    for done in (1_000_000, 1_100_000, 2_000_000):
        bar(done)
    bar.end()
    assert out.getvalue().split("\r\x1b[K") == [
        "",
        "[######..................]  25%  1,000,000 readings, 1,000,000/s, 3 s left",
        "[############............]  50%  2,000,000 readings, 1,000,000/s, 2 s left",
        "",
    ]


def test_nothing_is_written_elsewhere() -> None:
    out = io.StringIO()
    bar = Bar(out, 10, iter((0.0, 9.0)).__next__)
    bar(5)
    bar.end()
    assert out.getvalue() == ""


def test_what_nobody_can_count_is_told_without_a_share() -> None:
    assert Bar(io.StringIO(), 0, lambda: 0.0).line(500, 2.0) == "500 readings, 250/s"
    assert Bar(io.StringIO(), 0, lambda: 0.0).line(0, 0.0) == "0 readings, 0/s"
