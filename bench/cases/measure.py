"""Asks the real views, as the people whose work it is, and says how long each sort of question
takes: Django's own client, so everything but the web server and the network."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psutil
from django.db import connection
from django.test import Client

Ask = Callable[[Client, random.Random], Any]


@dataclass
class Question:
    """A sort of question: who asks it, how, and within how many ms 95 of 100 should be answered."""

    name: str
    who: str
    ask: Ask
    aim: float | None = None
    times: int = 100


@dataclass
class Answer:
    """How long it took, in seconds, what it cost in seconds of computing on an average (which hangs
    less on what else the machine has to do), and its slowest statement."""

    question: Question
    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0
    statements: int = 0
    slowest: tuple[float, str, Any] = (0.0, "", None)

    def quantile(self, part: float) -> float:
        """In ms."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    @property
    def met(self) -> bool:
        """Whether the aim, if there is one, was reached."""
        return self.question.aim is None or self.quantile(0.95) < self.question.aim

    def line(self) -> str:
        """As it is printed."""
        aim = ""
        if self.question.aim:
            aim = f"   (aim p95 < {self.question.aim:.0f} ms{'' if self.met else ': MISSED'})"
        times = (self.quantile(part) for part in (0.5, 0.95, 0.99))
        p50, p95, p99 = (f"{ms:7.0f}" for ms in times)
        return (
            f"  {self.question.name:44} p50 {p50}  p95 {p95}  p99 {p99} ms"
            f"  cpu {1000 * self.cpu:5.0f}  {self.statements:2} statements{aim}"
        )


def measure(question: Question, seed: int = 1, warm: int = 3) -> Answer:
    """Ask it so often, after a few times that do not count."""
    from django.contrib.auth.models import User

    client, rng = Client(SERVER_NAME="localhost"), random.Random(seed)
    client.force_login(User.objects.get(username=question.who))
    for _ in range(warm):
        _ok(question.ask(client, rng))
    answer, cpu = Answer(question), _cpu()
    for _ in range(question.times):
        with _watched() as seen:
            began = time.perf_counter()
            said = question.ask(client, rng)
            answer.seconds.append(time.perf_counter() - began)
        _ok(said)
        answer.statements = max(answer.statements, len(seen))
        answer.slowest = max(answer.slowest, *seen, key=lambda one: one[0])
    answer.cpu = (_cpu() - cpu) / question.times
    return answer


def _cpu() -> float:
    """Seconds that this process has computed, and the one of PostgreSQL that serves it."""
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        served = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return own + float(served.user + served.system)


def plan(answer: Answer) -> str:
    """Why the slowest statement of it took so long, as PostgreSQL says."""
    took, sql, params = answer.slowest
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", params)
        lines = [row[0] for row in cursor.fetchall()]
    return f"{1000 * took:.0f} ms in\n{sql[:1500]}\n" + "\n".join(f"    {line}" for line in lines)


def _ok(said: Any) -> None:  # noqa: ANN401
    assert said.status_code == 200, f"{said.status_code} {said.request['PATH_INFO']}"


@contextmanager
def _watched() -> Iterator[list[tuple[float, str, Any]]]:
    """Every statement, how long it took, and its parameters."""
    seen: list[tuple[float, str, Any]] = [(0.0, "", None)]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.append((time.perf_counter() - began, sql, params))

    with connection.execute_wrapper(watch):
        yield seen


WORDS = ("漏水", "楼道堆物", "垃圾", "飞线", "井盖", "燃气味", "幼儿园 井盖", "电梯坏了",
         "消防车道",
         "31号 漏水",
         "树枝压到", "共享单车 大门")  # fmt: skip


def questions(now: datetime, total: int, times: int = 100) -> list[Question]:
    """All that is asked of a house with so many cases."""
    few = max(2, times // 10)
    numbers = _Numbers(total)
    people = _people()
    months = [f"{now - timedelta(days=31 * n):%Y-%m}" for n in range(1, 25)]
    days = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in range(1, 300)]
    duty = people["duty_officer"]

    def get(path: str, **query: str) -> Ask:
        return lambda client, _: client.get(path, query)

    def found(make: Callable[[random.Random], dict[str, str]]) -> Ask:
        return lambda client, rng: client.get("/cases/search/", make(rng))

    inbox = [
        Question(f"inbox: {role}", people[role], get("/cases/"), 100, times)
        for role in (
            "duty_officer",
            "acceptor",
            "dispatcher",
            "grid_supervisor",
            "handler",
            "police_head",
        )
    ]
    classes, sites, teams, members = _filters()

    def period(rng: random.Random) -> dict[str, str]:
        since = now - timedelta(days=rng.randrange(20, 900))
        until = since + timedelta(days=rng.choice((1, 7, 30)))
        return {"since": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}"}

    def several(rng: random.Random) -> dict[str, str]:
        made = {"case_class": rng.choice(classes), "place": rng.choice(sites), **period(rng)}
        return made | ({"q": rng.choice(WORDS)} if rng.random() < 0.5 else {})

    searches: dict[str, Ask] = {
        "nothing asked": found(lambda _: {}),
        "words": found(lambda rng: {"q": rng.choice(WORDS)}),
        "number": found(lambda rng: {"q": numbers.one(rng)}),
        "number without the sub-district's": found(lambda rng: {"q": numbers.one(rng)[10:]}),
        "order number": found(lambda rng: {"q": f"HX{rng.randrange(total):08}"}),
        "class": found(lambda rng: {"case_class": rng.choice(classes)}),
        "place": found(lambda rng: {"place": rng.choice(sites)}),
        "unit": found(lambda rng: {"team": rng.choice(teams)}),
        "person": found(lambda rng: {"person": rng.choice(members)}),
        "period": found(period),
        "overdue": found(lambda _: {"overdue": "on"}),
        "life safety, ended": found(lambda _: {"life_safety": "on", "stage": "ended"}),
        "class, place, period, words": found(several),
        "reporter": lambda client, rng: client.post("/cases/search/reporter", {
            "phone": f"1{rng.choice('3589')}{rng.randrange(20_000):09}", "reason": "回访"
        }),
        "older pages": lambda client, rng: client.get("/cases/search/", {
            "place": rng.choice(sites),
            "after": f"{int((now - timedelta(days=rng.randrange(900))).timestamp()) * 10**6}-1",
        }),
    }  # fmt: skip
    asked = [Question(f"search: {name}", duty, ask, 200, times) for name, ask in searches.items()]
    asked += [
        Question("search as a handler: words", people["handler"],
                 found(lambda rng: {"q": rng.choice(WORDS)}), 200, times),
        Question("search as a handler: period", people["handler"], found(period), 200, times),
        Question("search as a chief: nothing asked", people["police_head"], found(lambda _: {}),
                 200, times),
        Question("search as a chief: words", people["police_head"],
                 found(lambda rng: {"q": rng.choice(WORDS)}), 200, times),
        Question("search as a chief: period", people["police_head"], found(period), 200, times),
    ]  # fmt: skip

    def spots(make: Callable[[random.Random], dict[str, str]]) -> Ask:
        return lambda client, rng: client.get(
            "/cases/search/spots.json", {"box": _box(rng), **make(rng)}
        )

    maps = [
        Question("map: open", duty, spots(lambda _: {}), 200, times),
        Question("map: a period", duty, spots(period), 200, times),
        Question("map: words", duty, spots(lambda rng: {"q": rng.choice(WORDS)}), 200, times),
    ]
    rates = ("team", "site", "case_class", "handler")
    reports = [
        Question("month report", duty, lambda client, rng: client.get(
            "/evaluation/report/", {"period": rng.choice(months)}), 2000, few),
        Question("month report as PDF", duty, lambda client, rng: client.get(
            "/evaluation/report/", {"period": rng.choice(months), "as": "pdf"}), None, 3),
        Question("day report", duty, lambda client, rng: client.get(
            "/evaluation/report/", {"period": rng.choice(days)}), None, few),
        Question("indicators of a month", duty, lambda client, rng: client.get(
            "/evaluation/", {"period": rng.choice(months), "by": rng.choice(rates)}), None, few),
        Question("drill-down of a month", duty, lambda client, rng: client.get(
            "/evaluation/cases/", {"period": rng.choice(months), "by": "team",
                                   "indicator": "handled_on_time", "part": "missing"}), None, few),
    ]  # fmt: skip
    board = Question("board: all open", duty, get("/cases/", stage="all"), None, times)
    case = Question(
        "case page", duty, lambda client, rng: client.get(f"/cases/{numbers.one(rng)}/"), None,
        times,
    )  # fmt: skip
    return [*inbox, board, case, *asked, *maps, *reports]


class _Numbers:
    """Numbers of cases that there are."""

    def __init__(self, total: int) -> None:
        from xiuhua.city.cases.models import Case

        known = range(1, total + 1, max(1, total // 500))
        found = Case.objects.filter(id__in=known).order_by("id")
        self.known = list(found.values_list("number", flat=True))

    def one(self, rng: random.Random) -> str:
        return rng.choice(self.known)


def _people() -> dict[str, str]:
    from xiuhua.city.staff import commands
    from xiuhua.city.staff import queries as staff

    # the pilot has no chief, who sees by another way than the desk
    commands.put_member(username="bench-chief", role="police_head", zh="所长", en="Chief")
    found: dict[str, str] = {}
    for one in staff.active():
        found.setdefault(one.role, one.user.username)
    return found


def _filters() -> tuple[list[str], list[str], list[str], list[str]]:
    from xiuhua.city.cases import queries as cases
    from xiuhua.city.places import queries as places
    from xiuhua.city.staff import queries as staff

    teams = [team.code for team in staff.teams()]
    members = [one.user.username for one in staff.active()]
    classes = [one.code for one in cases.classes()]
    return classes, [code for code, _ in places.areas()], teams, members


def _box(rng: random.Random) -> str:
    """A stretch of the map about a device: a street, a compound, or all of the sub-district."""
    lon, lat = rng.uniform(121.42, 121.44), rng.uniform(31.165, 31.18)
    half = rng.choice((0.002, 0.006, 0.03))
    return f"{lon - half},{lat - half},{lon + half},{lat + half}"
