"""docs/reference/trust.md from docs/results/: what is promised, which test shows it, and what that
test's long run counted when it was last run. `docs/build.py` writes the page.

`leave` is how a command adds a line to docs/results/KIND.jsonl: its figures, with the moment, the
commit and the machine. `python docs/trust.py KIND < lines` does the same for JSON lines that
a command prints. No figure on the page is written by hand.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"
Line = dict[str, Any]


# Leaving results


def leave(kind: str, **figures: object) -> None:
    """Add a line to the results of this kind."""
    RESULTS.mkdir(exist_ok=True)
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": COMMIT,
            "machine": _machine()} | figures  # fmt: skip
    with (RESULTS / f"{kind}.jsonl").open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def left(kind: str) -> list[Line]:
    """All lines of this kind, oldest first."""
    path = RESULTS / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _commit() -> str:
    """The commit that the working tree stands on, with a + where it has been changed since."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _machine() -> str:
    names = (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name"))
    return f"{next(names, platform.processor())}, {os.cpu_count()} cores"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


COMMIT = _commit()
"""Asked once: a long run began with this one."""


# The page

PROMISES = (
    ("An acknowledged reading (PUBACK of QoS 1, HTTP 202) is on disk, whatever is killed.",
     "tests/chaos/test_kill.py", "chaos"),
    ("Alerts, cases and history are those of an undisturbed run, each once, whatever is killed.",
     "tests/chaos/test_kill.py", "chaos"),
    ("What is sent again, as often as you like and in any order, changes no alert.",
     "tests/chaos/test_kill.py", "chaos"),
    ("A power cut loses nothing acknowledged, on SQLite.", "tests/chaos/test_powercut.py",
     "powercut"),
    ("No bytes from outside crash a reader, keep it for ever, or fill its memory.",
     "tests/fuzz/test_fuzz.py", "fuzz"),
    ("An acknowledgement comes soon, under load too.", "bench/doors/__main__.py", "doors"),
)  # fmt: skip

NOT_PROMISED = """\
- QoS 0: such a message goes into the next commit, but nobody is told; a crash may lose it.
- A disk that says that it has synced and has not: we ask for fsync and believe the answer.
- The loss of the disk itself: back it up, or let PostgreSQL replicate.
- The kills leave the system's page cache alone: a killed process is no cut power line. Power cuts
  are simulated, below SQLite. PostgreSQL's own promise is tested by killing its server, no further.
- That people are told of an alert once: it is written once, and told at least once.
- That fuzzing has found everything: it hurts known inputs and follows new outcomes, not the code's
  branches.
"""


def page() -> Iterator[str]:
    """docs/reference/trust.md"""
    yield from ("# Trust 可信", "", "What is guaranteed, by which test, and what is not.")
    yield from ("Figures are those of the runs in `docs/results`.", "")
    yield from _table(("promise 承诺", "test 测试", "last run 最近一次"), map(_promised, PROMISES))
    for title, kind, section in (
        ("Kills 杀进程", "chaos", _chaos),
        ("Power cuts 断电", "powercut", _powercut),
        ("Broken input 模糊测试", "fuzz", _fuzz),
        ("Doors under load 前门负载", "doors", _doors),
    ):
        yield from ("", f"## {title}", "")
        lines = left(kind)
        yield from section(lines) if lines else ("No run has been kept yet.",)
    yield from ("", "## Not guaranteed 不保证", "")
    yield from NOT_PROMISED.splitlines()


def _promised(promise: tuple[str, str, str]) -> Sequence[str]:
    words, test, kind = promise
    shown = f"`{test}`" if (ROOT / test).exists() else "not in this release"
    lines = left(kind)
    return words, shown, lines[-1]["at"][:10] if lines else "none kept"


def _chaos(lines: list[Line]) -> Iterator[str]:
    """`make chaos`"""
    acknowledged = sum(line["acknowledged"] for line in lines)
    kills = sum(line["kills"] for line in lines)
    lost, doubled = (sum(line[name] for line in lines) for name in ("lost", "doubled"))
    yield f"`make chaos`, all runs kept: **{kills:,} kills; acknowledged {acknowledged:,}, "
    yield f"lost {lost}, doubled {doubled}**."
    if not lost:
        yield f"By the rule of three, at 95 %: fewer than one lost in {acknowledged // 3:,}."
    yield "`kill -9` hits at random moments, under load, whether the process is up yet or not; who"
    yield "was *at work* had been seen doing something just before. A fourth falls with another."
    yield "Everything acknowledged is sent three times more, in any order: alerts are the same."
    yield ""
    yield from _table(
        ("run", "database", "kills", "at work", "of them", "sent", "acknowledged", "in the log",
         "lost", "changes of alerts", "doubled"),
        ((_run(line), line["database"], line["kills"], line.get("at_work", ""),
          _each(line["killed"]), line["sent"],
          line["acknowledged"], line["stored"], line["lost"], line["alert_changes"],
          line["doubled"]) for line in lines),
    )  # fmt: skip


def _powercut(lines: list[Line]) -> Iterator[str]:
    """`make powercut`"""
    yield "The power is cut at every write and every sync of SQLite; after each cut the disk is put"
    yield "together in several ways that a cut may leave, and opened again."
    yield ""
    yield from _table(
        ("run", "points", "writes", "syncs", "disks", "acknowledged", "lost", "half", "corrupt"),
        ((_run(line), *(line[name] for name in ("cuts", "writes", "syncs", "states",
          "acknowledged", "lost", "half", "corrupt"))) for line in lines),
    )  # fmt: skip


def _fuzz(lines: list[Line]) -> Iterator[str]:
    """`make fuzz`"""
    live = [line for line in lines if line["target"] == "live doors"]
    inputs = sum(line.get("inputs", 0) for line in lines)
    connections = sum(line["connections"] for line in live)
    yield f"`make fuzz`, all runs kept: {inputs:,} inputs to readers, {connections:,} hostile"
    yield "connections to the live doors, memory bounded. A target that finds something fails and"
    yield "leaves no line; after the mend its share is run again, with the run's seed."
    yield f"What broke a reader ({_found()} inputs) lies in `tests/fuzz/found/`, is mended, and is"
    yield "tried again by every run. No hang so far."
    yield ""
    by_target: dict[str, list[Line]] = {}
    for line in lines:
        by_target.setdefault(line["target"], []).append(line)
    yield from _table(
        ("target", "runs", "seconds", "inputs or connections", "different outcomes",
         "grew by at most, MiB", "peak of the process, MiB", "slowest input, ms of processor"),
        ((target, len(some), round(sum(one["seconds"] for one in some)),
          sum(one.get("inputs", one.get("connections", 0)) for one in some),
          *(_most(some, name) for name in ("outcomes", "grown_mib", "peak_mib")),
          _most([one for one in some if "inputs" in one], "slowest_ms"))
         for target, some in by_target.items()),
    )  # fmt: skip
    slowest = max((line["slowest_ms"] for line in live), default=0.0)
    yield ""
    yield f"Between two rounds a good client was served at the live doors within {slowest:,.0f} ms "
    runs: dict[int, list[Line]] = {}
    for line in lines:
        runs.setdefault(line["seed"], []).append(line)
    longest = max(reversed(runs.values()), key=_spent)
    commits = ", ".join(dict.fromkeys(line["commit"] for line in longest))
    yield f"at worst. Longest run: {_spent(longest):,} s of fuzzing over {len(longest)} targets (at"
    yield f"commits {commits}). Last run: {_run(lines[-1])}."


def _spent(lines: list[Line]) -> int:
    return int(sum(line["seconds"] for line in lines))


def _most(lines: list[Line], name: str) -> object:
    return max((line[name] for line in lines if name in line), default="")


def _found() -> int:
    return sum(path.is_file() for path in (ROOT / "tests" / "fuzz" / "found").rglob("*"))


def _doors(lines: list[Line]) -> Iterator[str]:
    """`make bench-doors`"""
    latest = {line["case"]: line for line in lines}
    yield "`make bench-doors`, the last run of each case, with the disk as it was then. What the"
    yield "client saw acknowledged is found again in the log. CPU is in cores; *others* is what"
    yield "else the machine did meanwhile."
    yield ""
    yield from _table(
        ("case", "readings/s", "aim", "p50 ms", "p99 ms", "worst ms", "stalls", "acknowledged",
         "stored", "server", "load", "others", "run", "disk"),
        ((line["case"], line["per_second"], line["aim"] or "", line["p50_ms"], line["p99_ms"],
          line["worst_ms"], line["stalls"], line["acknowledged"], line["stored"],
          line["server_cpu"], line["load_cpu"], line["others_cpu"],
          f"{line['at'][:16].replace('T', ' ')} {line['commit']}", line.get("disk", ""))
         for line in latest.values() if "per_second" in line),
    )  # fmt: skip
    yield ""
    for line in latest.values():
        if "promise" in line:
            yield f"- {line['case']}: {line['promise']}; when the last acknowledgement was in, "
            yield f"  {line['stored_at_once']:,} were stored."
        if "kib_each" in line:
            yield f"- {line['case']}: {line['mib']} MiB, {line['kib_each']} KiB each."
    yield ""
    slow = [line for line in lines if line.get("disk", "") and "Log on" not in line["case"]]
    slow = [line for line in slow if line["aim"] and line["per_second"] < line["aim"]]
    if slow:
        yield "Runs kept that missed their aim, with what the disk and the machine were busy with:"
        yield ""
        yield from _table(
            ("case", "readings/s", "aim", "p99 ms", "stalls", "others", "run", "disk"),
            ((line["case"], line["per_second"], line["aim"], line["p99_ms"], line["stalls"],
              line["others_cpu"], f"{line['at'][:16].replace('T', ' ')} {line['commit']}",
              line["disk"]) for line in slow),
        )  # fmt: skip
        yield ""
    yield f"Machine: {lines[-1]['machine']}."


def _run(line: Line) -> str:
    return f"{line['at'][:16].replace('T', ' ')} UTC, {line['commit']}, {line['machine']}"


def _each(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(counts).most_common())


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "| " + " | ".join("---" for _ in heads) + " |"
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
        yield "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for given in sys.stdin:
        leave(sys.argv[1], **json.loads(given))
