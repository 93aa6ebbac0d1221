"""How long kinds are kept, what is on hold, what is erased on request, with who and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.city.archive.conftest import DAY, DOOR, FLAT, NOW, SMOKE, WATER
from tests.city.conftest import Hire
from xiuhua import clock
from xiuhua.city.archive import commands, proofs, queries, terms
from xiuhua.city.archive.models import Ending, Erasure, Hold, Term
from xiuhua.city.chain import AppendOnly
from xiuhua.city.manifest import Manifest
from xiuhua.history.upkeep import keep_up

pytestmark = pytest.mark.django_db


def days_of(kind: str) -> list[str]:
    return [part.day for part in Manifest().parts(kind=kind)]


def run(root: Path, now: int = NOW) -> None:
    """What the clock process does every hour and every minute, now."""
    clock._keep_history_up(root, datetime.fromtimestamp(now / 1000, UTC))
    clock._erase(root, datetime.fromtimestamp(now / 1000, UTC))


def rows_of(root: Path, kind: str, device: str) -> int:
    from xiuhua.history.files import scan_parts

    rows = scan_parts(root, kind, Manifest().parts(kind=kind)).collect()
    return rows["device"].to_list().count(device)


def test_the_house_has_a_term_and_a_basis_for_every_kind(db: None) -> None:
    found = terms.standings(NOW)
    assert {standing.days for standing in found.values()} == {365, 30}
    assert all(standing.basis and standing.basis.zh for standing in found.values())


def test_a_decided_term_rules_the_deletion_and_is_kept_with_who_and_why(
    root: Path, keeper: User
) -> None:
    run(root)
    assert days_of("door") == ["2026-03-08"]  # 31 and 60 days are over 30
    assert len(days_of("smoke")) == 3
    said = {"basis": "PIPL 19", "why": "board of March", "user": keeper}
    commands.set_term(kind="smoke", days=40, now=NOW, **said)
    run(root, NOW + terms.DELAY - 1)
    assert len(days_of("smoke")) == 3  # a shorter term waits for a day
    run(root, NOW + terms.DELAY)
    assert len(days_of("smoke")) == 2
    row = Term.objects.get()
    assert (row.by, row.why, row.days) == ("an", "board of March", 40)
    commands.set_term(kind="smoke", days=50, now=NOW + 2 * DAY, **said)
    assert terms.days_by_kind(NOW + 2 * DAY)["smoke"] == 50  # a longer one does not
    assert terms.standings(NOW)["smoke"].days == 365


def test_what_is_on_hold_stays_until_it_is_let_go(root: Path, keeper: User) -> None:
    commands.hold(
        kind="door", site="", device="", since=date(2026, 1, 1), until=date(2026, 1, 31),
        case="A7", why="police", user=keeper, now=NOW,
    )  # fmt: skip
    run(root)
    assert days_of("door") == ["2026-01-08", "2026-03-08"]
    assert commands.let_go(number=Hold.objects.get().pk, why="case closed", user=keeper, now=NOW)
    assert not commands.let_go(number=Hold.objects.get().pk, why="again", user=keeper, now=NOW)
    run(root)
    assert days_of("door") == ["2026-03-08"]
    row = Hold.objects.get()
    assert (row.why, row.ended_by, row.ended_why) == ("police", "an", "case closed")


def test_a_flat_is_erased_on_request_and_the_neighbour_is_not(root: Path, keeper: User) -> None:
    assert commands.ask_erasure(whom=FLAT, why="letter of 9 March", user=keeper, now=NOW) == 2
    run(root, NOW + queries.WAIT - 1)
    assert rows_of(root, "smoke", SMOKE) == 3  # the log may still bring what was said before
    run(root, NOW + queries.WAIT)
    assert rows_of(root, "smoke", SMOKE) == rows_of(root, "water", WATER) == 0
    assert rows_of(root, "smoke", "tl04-smoke-0008") == 3
    assert [row.rows for row in Erasure.objects.filter(done__isnull=False)] == [3, 3]
    proof = Ending.objects.filter(device=SMOKE)[0]
    assert (proof.rule, proof.who, proof.reason) == ("request", "an", "letter of 9 March")
    assert proofs.part_of(proof).digest == proof.digest != ""


def test_a_hold_stops_an_erasure_and_the_order_says_so(root: Path, keeper: User) -> None:
    commands.hold(
        kind="", site="", device=SMOKE, since=date(2026, 3, 1), until=date(2026, 3, 31),
        case="", why="court", user=keeper, now=NOW,
    )  # fmt: skip
    commands.ask_erasure(whom=SMOKE, why="letter", user=keeper, now=NOW)
    run(root, NOW + queries.WAIT)
    order = Erasure.objects.get()
    assert (order.rows, order.held, rows_of(root, "smoke", SMOKE)) == (2, 1, 1)


def test_an_erasure_that_was_cut_short_goes_on(
    root: Path, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.ask_erasure(whom=SMOKE, why="letter", user=keeper, now=NOW)
    whole, calls = proofs.Keeper.end, []

    def cut(self: proofs.Keeper, *args: object) -> None:
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        whole(self, *args)  # type: ignore[arg-type]

    run(root)  # what is over its term
    monkeypatch.setattr(proofs.Keeper, "end", cut)
    with pytest.raises(KeyboardInterrupt):
        run(root, NOW + queries.WAIT)
    monkeypatch.setattr(proofs.Keeper, "end", whole)
    assert rows_of(root, "smoke", SMOKE) == 2
    run(root, NOW + queries.WAIT)
    assert (Erasure.objects.get().rows, rows_of(root, "smoke", SMOKE)) == (3, 0)


def test_nobody_decides_without_the_right_or_a_reason(root: Path, keeper: User, hire: Hire) -> None:
    said = {"kind": "smoke", "basis": "x", "now": NOW}
    with pytest.raises(PermissionDenied):
        commands.set_term(days=3, why="x", user=hire("lin", role="duty_officer"), **said)
    for days, why in ((0, "x"), (3, " ")):
        with pytest.raises(commands.Refused):
            commands.set_term(days=days, why=why, user=keeper, **said)
    with pytest.raises(commands.Refused):
        commands.ask_erasure(whom="", why="x", user=keeper, now=NOW)
    assert not Term.objects.exists()


def test_a_proof_is_never_changed(root: Path) -> None:
    keep_up(root, proofs.Keeper(), NOW, {"door": 1})
    row = Ending.objects.first()
    assert row is not None
    with pytest.raises(AppendOnly):
        row.save()
    with pytest.raises(AppendOnly):
        row.delete()


def test_the_page_shows_and_changes_all_of_it(root: Path, keeper: User, client: Client) -> None:
    client.force_login(keeper)
    term = {"kind": "door", "days": "20", "basis": "PIPL 19", "why": "less is enough"}
    assert client.post("/archive/term", term).status_code == 302
    hold = {"device": DOOR, "since": "2026-01-01", "until": "2026-01-31", "why": "case 7"}
    assert client.post("/archive/hold", hold).status_code == 302
    assert client.post("/archive/erase", {"whom": SMOKE, "why": "letter"}).status_code == 302
    run(root)
    page = client.get("/archive/").content.decode()
    for words in ("保存期限", "2026-01-08", "less is enough", "case 7", "letter", "我们的默认值"):
        assert words in page
    number = Hold.objects.get().pk
    assert client.post(f"/archive/holds/{number}/let-go", {"why": "over"}).status_code == 302
    client.cookies["django_language"] = "en"
    page = client.get("/archive/").content.decode()
    assert "let go" in page and "No law names a number" in page and "the chain is whole" in page


def test_the_page_says_what_is_wrong_and_keeps_what_was_written(
    root: Path, keeper: User, client: Client
) -> None:
    client.force_login(keeper)
    answer = client.post("/archive/erase", {"whom": "nobody", "why": "my letter"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有这个设备或住户" in page and "my letter" in page
    span = {"since": "2026-02-01", "until": "2026-01-31", "why": "case 7"}
    assert client.post("/archive/hold", span).status_code == 422
    assert not Hold.objects.exists() and not Erasure.objects.exists()
