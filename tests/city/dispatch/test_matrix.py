"""The matrix of responsibility: which row counts for alerts and dispatchers; CSV out and in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.routing import Matrix
from xiuhua.city.dispatch import tables
from xiuhua.city.places import commands as places
from xiuhua.city.places.commands import NewPlace
from xiuhua.city.sheets import BadRow
from xiuhua.city.staff import commands as staff
from xiuhua.city.staff import queries as staff_queries

LATER = NOW + timedelta(minutes=5)

GRID = {"type": "Polygon", "coordinates": [[
    [121.42, 31.17], [121.421, 31.17], [121.421, 31.171], [121.42, 31.171], [121.42, 31.17],
]]}  # fmt: skip


def test_a_row_of_the_matrix_decides_for_alerts_too(people: dict[str, User]) -> None:
    staff.set_responsible(
        case_class="fire", place="tl04", main="tl04-property", by="leader", now=NOW
    )
    told = change()
    alerts.record([told], NOW)
    (case,) = cases.open_for([told], NOW)
    assert case.team == "tl04-property"
    staff.set_responsible(case_class="fire", place="tl04", main="", by="leader", now=LATER)
    told = change(device=8)
    alerts.record([told], NOW)
    assert cases.open_for([told], NOW)[0].team == "fire-1"


def test_the_matrix_goes_out_and_comes_back_whole_or_not_at_all(people: dict[str, User]) -> None:
    text = tables.export()
    assert tables.bring_in(text, by="leader", now=NOW) == 0
    changed = text.replace("fire,tl04,fire-1,", "fire,tl04,tl04-guard,fire-1")
    assert changed != text
    assert tables.bring_in(changed, by="leader", now=NOW) == 1
    assert "fire,tl04,tl04-guard,fire-1" in tables.export()
    with pytest.raises(BadRow, match=r"\d+.*main"):
        tables.bring_in(changed.replace("repair-1", "nobody"), by="leader", now=NOW)
    assert tables.bring_in(text, by="leader", now=LATER) == 1
    with pytest.raises(BadRow, match=r"2.*class"):
        tables.bring_in("class,place,main,helper\n,,fire-1,\n", by="leader", now=LATER)


@pytest.mark.parametrize(
    ("rows", "team"),
    [
        ([("fire", "tl04", "tl04-guard"), ("fire", "tl04-b031", "repair-1")], "repair-1"),
        ([("fire", "tl04-b031", "repair-1"), ("fire", "", "tl04-guard")], "repair-1"),
        ([("", "tl04-b031", "repair-1"), ("fire", "310104911", "tl04-guard")], "tl04-guard"),
        ([("", "tl04-b031", "repair-1"), ("", "tl04", "tl04-guard")], "repair-1"),
        ([("fire", "grid-1", "repair-1"), ("fire", "310104911", "tl04-guard")], "repair-1"),
        ([("fire", "grid-1", "repair-1"), ("fire", "tl04", "tl04-guard")], "tl04-guard"),
        ([("fire", "tl05", "repair-1"), ("noise", "tl04", "tl04-guard")], "fire-1"),
    ],
    ids=[
        "a building before its compound", "a building before everywhere",
        "a class before every class", "every class of the building", "a grid by its outline",
        "a compound before its grid", "elsewhere and another class",
    ],
)  # fmt: skip
def test_the_most_particular_row_counts(
    people: dict[str, User], rows: list[tuple[str, str, str]], team: str
) -> None:
    new = NewPlace(code="grid-1", kind="grid", parent="310104911", zh="1", en="1", geometry=GRID)
    places.put(places=[new])
    for case_class, place, main in rows:
        staff.set_responsible(case_class=case_class, place=place, main=main, by="leader", now=NOW)
    told = change()
    alerts.record([told], NOW)
    (case,) = cases.open_for([told], NOW)
    assert case.team == team
    assert Matrix.of([case]).teams(case)[0] == team, "the dispatcher would hear another name"


def test_rows_of_any_place_go_out_and_come_back(people: dict[str, User], client: Client) -> None:
    client.force_login(people["leader"])
    at = "/dispatch/matrix/responsible/"
    client.post(at, {"case_class": "fire", "place": "tl04-b031", "main": "repair-1"})
    client.post(at, {"place": "310104911", "main": "tl04-guard", "helper": "repair-1"})
    assert client.post(at, {"place": "nowhere", "main": "repair-1"}).status_code == 404
    page = client.get("/dispatch/matrix/").content.decode()
    assert "31号" in page and "取消设定" in page
    text = tables.export()
    assert "fire,tl04-b031,repair-1," in text and ",310104911,tl04-guard,repair-1" in text
    assert tables.bring_in(text, by="leader", now=NOW) == 0, "what stands was written again"
    client.post(at, {"case_class": "fire", "place": "tl04-b031"})
    client.post(at, {"place": "310104911"})
    assert not staff_queries.responsibilities()
    assert tables.bring_in(text, by="leader", now=LATER) == 2, "the fields follow from the rows"
    assert tables.export() == text


def test_a_field_that_two_rows_claim_is_shown(people: dict[str, User], client: Client) -> None:
    client.force_login(people["leader"])
    at = "/dispatch/matrix/responsible/"
    client.post(at, {"case_class": "fire", "main": "fire-1"})
    client.post(at, {"place": "tl04", "main": "tl04-guard"})
    page = client.get("/dispatch/matrix/").content.decode()
    assert "有 1 格被重复认领" in page
    client.post(at, {"case_class": "fire", "place": "tl04", "main": "tl04-guard"})
    assert "被重复认领" not in client.get("/dispatch/matrix/").content.decode()
    client.post(at, {"main": "fire-1"})
    assert "请选择类别或位置" in client.get("/dispatch/matrix/").content.decode()


def test_a_file_that_is_too_big_is_not_taken_in_part(
    people: dict[str, User], client: Client
) -> None:
    client.force_login(people["leader"])
    text = tables.export().replace("fire,tl04,fire-1,", "fire,tl04,tl04-guard,") + "\n" * (2 << 20)
    client.post("/dispatch/matrix/import/", {"file": SimpleUploadedFile("m.csv", text.encode())})
    assert "文件超过 2 MB" in client.get("/dispatch/matrix/").content.decode()
    assert not staff_queries.responsibilities()
