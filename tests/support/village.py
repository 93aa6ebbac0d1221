"""A small neighbourhood on disk: two compounds, a team of each kind, devices as many as wanted."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from xiuhua.kinds import all_kinds

PILOT = Path(__file__).parents[2] / "pilot"
SITES = ("tl01", "tl02")
TEAMS = {
    "duty": "指挥中心", "guard": "保安队", "property": "物业",
    "repair": "维修队", "fire": "微型消防站", "management": "城管",
}  # fmt: skip
ACCOUNTS = {
    "duty01": ("duty_officer", "duty"), "leader01": ("shift_leader", "duty"),
    "acceptor01": ("acceptor", "duty"), "dispatcher01": ("dispatcher", "duty"),
    "inspector01": ("grid_supervisor", ""), "fire01": ("handler", "fire"),
    "guard01": ("handler", "guard"), "repair01": ("handler", "repair"),
    "property01": ("handler", "property"), "resident01": ("window_clerk", ""),
}  # fmt: skip


def write_village(folder: Path, per_kind: int = 2) -> Path:
    """Write a neighbourhood with `per_kind` devices of each kind at each of two compounds; device
    ids are `<site>-<kind>-0001` and on, all under the gateway `<site>-gw-01`."""
    (folder / "rules").mkdir(parents=True)
    shutil.copy(PILOT / "classes.toml", folder)
    _write(folder / "places.json", _places())
    _write(folder / "residents.json", _residents())
    _write(folder / "lists.json", {"vehicles@tl01": ["沪A00001"]})
    _write(folder / "map.json", {"type": "FeatureCollection", "features": []})
    (folder / "gateways.csv").write_text(
        "id,site,zh,en\n" + "".join(f"{site}-gw-01,{site},网关,Gateway\n" for site in SITES)
    )
    (folder / "staff.toml").write_text(_staff())
    _devices(folder / "devices.csv", per_kind)
    return folder


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False))


def _places() -> list[dict[str, object]]:
    at = {"lon": 121.43, "lat": 31.17}
    rows: list[dict[str, object]] = [
        {"code": "310000", "kind": "city", "parent": "", "zh": "上海市", "en": "Shanghai", **at},
        {"code": "310104", "kind": "district", "parent": "310000", "zh": "区", "en": "D", **at},
        {"code": "310104911", "kind": "subdistrict", "parent": "310104", "zh": "街道", "en": "S",
         **at},
    ]  # fmt: skip
    for site in SITES:
        parts = (
            (site, "compound", "310104911", f"{site}小区"),
            (f"{site}-b001", "building", site, "1号"),
            (f"{site}-b001-0101", "flat", f"{site}-b001", "101室"),
        )
        for code, kind, parent, zh in parts:
            rows.append(
                {"code": code, "kind": kind, "parent": parent, "zh": zh, "en": code, "site": site}
                | at
            )
    return rows


def _residents() -> list[dict[str, object]]:
    return [
        {"id": "r1", "zh": "试一", "flat": "tl01-b001-0101", "birth_year": 1940, "sex": "f",
         "phone": "021-0000-0001", "tags": ["elder_alone"], "cards": ["c-0001"]}
    ]  # fmt: skip


def _staff() -> str:
    sites = json.dumps(SITES)
    teams = [
        f'[[team]]\ncode = "{code}"\nkind = "{code}"\nzh = "{zh}"\nen = "{code}"\nsites = {sites}\n'
        for code, zh in TEAMS.items()
    ]
    accounts = [
        f'[[account]]\nusername = "{name}"\nzh = "{name}"\nen = "{name}"\n'
        f'role = "{role}"\nteam = "{team}"\n'
        for name, (role, team) in ACCOUNTS.items()
    ]
    return "\n".join(teams + accounts)


def _devices(path: Path, per_kind: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            [
                "id",
                "kind",
                "place",
                "site",
                "building",
                "flat",
                "lon",
                "lat",
                "under",
                "tags",
                "params",
                "zh",
                "en",
            ]
        )
        for site in SITES:
            for kind in all_kinds():
                for number in range(1, per_kind + 1):
                    name, home = f"{site}-{kind.code}-{number:04}", f"{site}-b001"
                    rows.writerow(
                        (name, kind.code, home, site, home, f"{home}-0101", 121.43, 31.17,
                         f"{site}-gw-01", "", "", name, name)
                    )  # fmt: skip
