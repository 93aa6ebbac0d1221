"""Adding a kind of sensor is one file: dropped in, it runs through the whole house."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.flows.conftest import Build
from tests.support.waiting import eventually

NOISE = '''
"""Noise 噪声: a sound level meter beside a building site."""

from datetime import timedelta

from xiuhua.kinds import Field, Kind, register

register(
    Kind(
        code="noise",
        zh="噪声监测",
        en="Noise",
        interval=timedelta(seconds=60),
        chart="loudness",
        fields=(
            Field(
                name="loudness", type="number", unit="dB", low=0, high=200, zh="声级", en="Sound"
            ),
        ),
        rules="""
[[rule]]
id = "noise-night"
zh = "夜间噪声"
en = "Noise at night"
case = "illegal-building"
sentence.zh = "{loudness} dB，高于 {limit} dB。"
sentence.en = "{loudness} dB, above {limit} dB."
params.limit = 55
[[rule.level]]
level = "warn"
operator = "threshold"
when = "loudness > :limit"
""",
    )
)
'''
ROW = "tl01-noise-0001,noise,tl01-b001,tl01,tl01-b001,,121.43,31.17,tl01-gw-01,,limit=60,噪声,Noise"


def test_an_eleventh_kind_is_one_file(build: Build, village: Path, tmp_path: Path) -> None:
    kinds = tmp_path / "kinds"
    kinds.mkdir()
    (kinds / "noise.py").write_text(NOISE)
    folder = shutil.copytree(village, tmp_path / "with-noise")
    with (folder / "devices.csv").open("a") as file:
        file.write(ROW + "\n")
    house = build("gateway", "worker", folder=folder, XIUHUA_KINDS=str(kinds))
    quiet = house.say({"device": "tl01-noise-0001", "loudness": 58.0})
    assert quiet.json() == {"accepted": 1, "copies": [], "rejected": []}
    assert house.say({"device": "tl01-noise-0001", "loudness": 999.0}).json()["accepted"] == 0
    house.say({"device": "tl01-noise-0001", "loudness": 72.5})
    eventually(lambda: house.rows("SELECT 1 FROM cases_case"))
    assert house.rows("SELECT rule, sentence_zh FROM alerts_alert") == [
        ("noise-night", "72.5 dB，高于 60 dB。")
    ]
    house.end("worker")
    assert house.rows("SELECT kind, rows FROM road_historypart") == [("noise", 2)]
