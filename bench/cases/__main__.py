"""A million cases in PostgreSQL, and how long people wait: inbox, case, search, map, reports.
`make bench-cases`, or `python -m bench.cases --help`.

1. A PostgreSQL of our own, durable, with the pilot neighbourhood. 2. Cases of less than three years
by COPY, with their steps, reports, alerts and facts. 3. Each sort of question through the real
views, many times, each time about something else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.cases import house
from bench.machine import describe, others

TABLES = ("cases_case", "cases_casestep", "cases_voice", "alerts_alert", "cases_photo",
          "people_reporter", "evaluation_fact")  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=100, help="how often each question is asked")
    parser.add_argument("--only", default="", help="questions whose name begins with this")
    parser.add_argument("--keep", type=Path, help="a folder to keep the house in, and use again")
    parser.add_argument("--plans", action="store_true", help="print plans of what misses its aim")
    options = parser.parse_args()
    print(f"{describe()}\n{others()}", flush=True)
    with _folder(options.keep) as folder, house.postgres(folder) as server:
        there = (folder / "home").is_dir()
        if not there:
            server.run("CREATE DATABASE city")
        house.enter(server.url("city"), folder / "home")
        if not there:
            _fill(options.cases)
        _count()
        _ask(options)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xiuhua-cases-") as passing:
        yield kept or Path(passing)


def _fill(cases: int) -> None:
    from bench.cases.fill import cores, fill

    house.settle()
    began = time.perf_counter()
    fill(cases, datetime.now(UTC), processes=cores())
    print(f"filled {cases:,} cases in {time.perf_counter() - began:.0f} s", flush=True)


def _count() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), pg_size_pretty(pg_database_size('city'))")
        version, size = cursor.fetchone()
        print(f"{version.split(' on ')[0]}, shared_buffers {house.MEMORY}, database {size}")
        counted = []
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counted.append(f"{table.split('_')[1]} {cursor.fetchone()[0]:,}")
        cursor.execute("SELECT count(*) FROM cases_case WHERE ended IS NULL")
        print(f"rows: {', '.join(counted)}; open {cursor.fetchone()[0]:,}\n", flush=True)


def _ask(options: argparse.Namespace) -> None:
    from bench.cases.measure import measure, plan, questions
    from xiuhua.city.cases.models import Case

    missed = []
    total = Case.objects.order_by("-id").values_list("id", flat=True)[0]
    for question in questions(datetime.now(UTC), total, options.times):
        if question.name.startswith(options.only):
            answer = measure(question)
            print(answer.line(), flush=True)
            if not answer.met:
                missed.append(answer)
    for answer in missed if options.plans else ():
        print(f"\n{answer.question.name}: {plan(answer)}")


if __name__ == "__main__":
    main()
