"""One invented case after the other, with its whole history: three quarters told by people, the
rest by sensors, less than three years deep, about one in a hundred still open."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from xiuhua.epoch import SHANGHAI

from .scene import Class, Scene, Source, Spot

YEARS = 2.75
"""So far back the oldest case lies: a million cases are then some 30,000 a month."""

_SOURCES = {
    "alert": 25, "patrol": 32, "hotline": 15, "phone": 9, "web": 8, "counter": 3, "neighbour": 2,
    "committee": 2, "district": 2, "supervision": 1, "department": 1,
}  # fmt: skip
_TOLD = {"hotline", "phone", "web", "counter", "neighbour", "committee"}
_WHAT = (
    "楼道堆物挡住了消防通道", "电梯坏了停在三楼", "水管漏水一直流到楼下", "垃圾没有人清运味道很大",
    "井盖翘起来了车子压过去响", "有人飞线充电", "路灯不亮晚上看不清", "高空抛物砸到车顶",
    "下水道堵塞污水冒出来", "外墙皮脱落掉下来", "私家车占用消防车道", "共享单车乱停放",
    "夜里施工噪声扰民", "绿化带里有黄土裸露", "小广告贴满了门厅", "独居老人两天没有开门",
    "燃气味很重", "非机动车棚里有电瓶车冒烟", "树枝压到了电线", "健身器材松动了",
)  # fmt: skip
_MORE = (
    "请尽快派人来看", "已经说过两次了", "孩子老人走路不安全", "下雨天更加严重", "物业说要等",
    "昨天晚上开始的", "在大门左手边", "就在幼儿园对面", "麻烦回电话", "",
)  # fmt: skip
_DONE = (
    "已到场处理，恢复正常", "已清理干净并劝导住户", "更换配件后试运行正常", "已疏通，现场冲洗完毕",
    "已设警示并修复", "已联系责任人整改到位", "检查未见异常，已做记录",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉"

_LIMITS = {
    "reported": 900, "verifying": 1800, "filed": 900, "handled": 1800, "inspected": 240 * 3600,
}  # fmt: skip


@dataclass
class Invented:
    """A case, its steps in order, and what hangs on it; rows by the names of the models' fields."""

    case: SimpleNamespace
    steps: list[SimpleNamespace] = field(default_factory=list)
    voice: dict[str, Any] | None = None
    reporter: tuple[str, str] | None = None
    alert: dict[str, Any] | None = None


class Inventor:
    """Invents the cases numbered `first` to `last`, of `total`, as they stand at `now`."""

    def __init__(self, scene: Scene, total: int, now: datetime, seed: int) -> None:
        self.scene = scene
        self.now = now
        self.seed = seed
        self.start = now - timedelta(days=365 * YEARS)
        self.span = (now - self.start) / total
        self.rng = random.Random(seed)

    def some(self, first: int, last: int) -> list[Invented]:
        """Those of a stretch; the same whatever was invented before."""
        self.rng = random.Random(f"{self.seed} {first}")
        return [self.one(n) for n in range(first, last)]

    def one(self, n: int) -> Invented:
        """The case of that number, 0 for the oldest."""
        rng, opened = self.rng, self.opened(n)
        source = rng.choices(list(_SOURCES), list(_SOURCES.values()))[0]
        alert = rng.choice(self.scene.sources) if source == "alert" else None
        of = self.scene.classes[alert.case_class if alert else rng.choice(self.scene.reported)]
        device, spot = self._where(alert)
        life_safety = bool(alert and alert.life_safety)
        team = self.scene.teams[of.team_kind, spot.site]
        case = SimpleNamespace(
            id=n + 1, number=self._number(n, opened), subdistrict=self.scene.subdistrict,
            case_class_id=of.code, standard_id=of.standard, alert=None, source=source,
            order=f"HX{n:08}" if source in {"hotline", "district", "supervision"} else "",
            zh=alert.zh if alert else of.zh, en=alert.en if alert else of.en, device=device,
            place=spot.code, site=spot.site, lon=spot.lon + rng.gauss(0, 1e-4),
            lat=spot.lat + rng.gauss(0, 1e-4), stage="", hold="", version=1, team="", handler="",
            hands=[], commanders=[], alert_true=None, emergency=False, life_safety=life_safety,
            write_up_owed=life_safety,
            must_verify=source in _TOLD or source == "department", verified=None, owes={},
            satisfied=None, returns=0, reworks=0, bound=False, urged=0,
            supervised=source == "supervision", was_late=False, appealed=False, appeal_open=False,
            reviewers=[], exempt=False, bundle_id=None, merged_into_id=None, clock=of.clock,
            amount=of.amount, extra=0, opened=opened, due=None, handle_by=None, resume_on=None,
            ended=None,
        )  # fmt: skip
        made = Invented(case)
        self._told(made, spot, alert)
        _Life(self, made, of, team).live()
        return made

    def opened(self, n: int) -> datetime:
        """When the case of that number was opened: they come evenly."""
        return self.start + (n + 0.5) * self.span

    def _number(self, n: int, opened: datetime) -> str:
        local = opened.astimezone(SHANGHAI)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        before = max(0, int((midnight - self.start) / self.span + 0.5))
        return f"{self.scene.subdistrict}-{local:%Y%m%d}-{n - before + 1:05}"

    def _where(self, alert: Source | None) -> tuple[str, Spot]:
        if alert is None:
            return "", self.rng.choice(self.scene.spots)
        device, place, lon, lat = self.rng.choice(alert.devices)
        at = self.scene.by_code.get(place)
        site = at.site if at and at.site else "street"
        zh, en = (at.label_zh, at.label_en) if at else (place, place)
        return device, Spot(place, site, zh, en, lon, lat)

    def _told(self, made: Invented, spot: Spot, alert: Source | None) -> None:
        case, rng = made.case, self.rng
        if alert:
            case.alert = UUID(int=(case.id << 64) | self.seed)
            made.alert = {
                "id": case.alert, "rule": alert.rule, "version": alert.version, "zh": case.zh,
                "en": case.en, "life_safety": case.life_safety, "case_class": case.case_class_id,
                "subject": case.device, "device": case.device, "place": case.place,
                "site": case.site, "start": case.opened,
                "sentence_zh": f"{case.zh}：读数 {rng.uniform(0.1, 0.6):.2f}，已持续一分钟。",
                "sentence_en": f"{case.en}: reading {rng.uniform(0.1, 0.6):.2f} for a minute.",
            }  # fmt: skip
            return
        said = f"{spot.label_zh}{rng.choice(_WHAT)}，{rng.choice(_MORE)}"
        made.voice = {"case_id": case.id, "source": case.source, "words": said, "at": case.opened,
                      "reporter": "", "by": rng.choice(self.scene.roles["acceptor"])}  # fmt: skip
        if case.source in _TOLD and rng.random() < 0.8:
            made.voice["reporter"] = f"{case.id:032x}"
            name = rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN)
            made.reporter = name, f"1{rng.choice('3589')}{rng.randrange(20_000):09}"


class _Life:
    """The steps of one case, as far as they have been taken by now."""

    def __init__(self, by: Inventor, made: Invented, of: Class, team: str) -> None:
        self.rng, self.scene, self.now = by.rng, by.scene, by.now
        self.made, self.case, self.of, self.team = made, made.case, of, team
        self.at = made.case.opened
        self.due: datetime | None = None

    def live(self) -> None:
        """All of it."""
        case, rng = self.case, self.rng
        case.stage = "dispatched" if case.life_safety else "reported"
        case.team = self.team if case.life_safety else ""
        if case.life_safety:
            case.handle_by = self.at + timedelta(seconds=self.of.seconds)
        self._step("open", case.stage, "", 0, by="", frm="")
        for step, to, who, mean in self._plan():
            if not self._step(step, to, who, rng.expovariate(1 / mean)):
                break
        if case.stage in {"closed", "void", "merged"}:
            case.ended, case.due = self.at, None

    def _plan(self) -> list[tuple[str, str, str, float]]:
        rng, case = self.rng, self.case
        chance = rng.random()
        if not case.life_safety and chance < 0.045:
            what = [("merge", "merged"), ("decline", "void")][chance < 0.025]
            return [(*what, "acceptor", 900.0)]
        plan: list[tuple[str, str, str, float]] = []
        if case.must_verify:
            plan += [("ask_verify", "verifying", "acceptor", 300.0),
                     ("verify", "reported", "grid_supervisor", 1200.0)]  # fmt: skip
        if case.source == "hotline":
            plan.append(("contact", "", "acceptor", 4000.0))
        if not case.life_safety:
            plan += [("file", "filed", "acceptor", 500.0),
                     ("dispatch", "dispatched", "dispatcher", 500.0)]  # fmt: skip
        if rng.random() < 0.06 and not case.life_safety:
            plan += [("return", "filed", "team", 3000.0),
                     ("dispatch", "dispatched", "dispatcher", 500.0)]  # fmt: skip
        slow = 3.0 if rng.random() < 0.08 else 0.45
        handling = ("handle", "handled", "team", self.of.seconds * slow + 60)
        plan += [("accept", "handling", "team", 500.0 if case.life_safety else 3000.0), handling]
        if rng.random() < 0.05:
            plan += [("rework", "dispatched", "grid_supervisor", 900.0),
                     ("accept", "handling", "team", 3000.0), handling]  # fmt: skip
        if case.life_safety:
            plan.append(("write_up", "", "acceptor", 5000.0))
        plan.append(("approve", "inspected", "grid_supervisor", 900.0))
        if case.must_verify and case.source != "department":
            plan.append(("call_back", "", "acceptor", 90_000.0))
        return [*plan, ("close", "closed", "acceptor", 5.5 * 86_400)]

    def _step(
        self, step: str, to: str, who: str, after: float, *, by: str | None = None,
        frm: str | None = None,
    ) -> bool:  # fmt: skip
        """Take a step, unless it lies ahead."""
        at = self.at + timedelta(seconds=after)
        if at > self.now:
            return False
        case = self.case
        name = by if by is not None else self._who(who)
        was = case.stage if frm is None else frm
        due, self.at = case.due, at
        self._mark(step, name)
        case.stage = to or case.stage
        if to or step == "open":
            case.version += step != "open"
            self._clock()
        note = self.rng.choice(_DONE) if step in _NOTED else ""
        self.made.steps.append(SimpleNamespace(
            id=case.id * 32 + len(self.made.steps), case_id=case.id, step=step, frm=was,
            to=case.stage, hold="", by=name, at=at, due=due, note=note, data={"team": case.team},
        ))  # fmt: skip
        return True

    def _mark(self, step: str, name: str) -> None:
        case = self.case
        match step:
            case "verify":
                case.verified = True
            case "write_up":
                case.write_up_owed = False
            case "dispatch":
                case.team = self.team
                case.commanders = sorted({*case.commanders, name})
                case.handle_by = self.at + timedelta(seconds=self.of.seconds)
            case "return":
                case.team, case.returns = "", case.returns + 1
            case "rework":
                case.reworks += 1
            case "accept" | "handle":
                case.handler, case.hands = name, sorted({*case.hands, name})
                late = case.handle_by is not None and self.at > case.handle_by
                case.was_late = case.was_late or (step == "handle" and late)
            case "approve":
                case.alert_true = True if case.alert else None
            case "call_back":
                case.satisfied = self.rng.random() < 0.9
            case "merge":
                case.merged_into_id = case.id - 1 if case.id > 1 else None

    def _clock(self) -> None:
        case = self.case
        limit = _LIMITS.get(case.stage)
        case.due = self.at + timedelta(seconds=limit) if limit else case.handle_by

    def _who(self, who: str) -> str:
        people = self.scene.members.get(self.case.team or self.team) if who == "team" else None
        return self.rng.choice(people or self.scene.roles.get(who) or [""])


_NOTED = {"handle", "contact", "write_up", "return", "rework", "decline"}
