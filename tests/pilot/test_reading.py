"""A folder is read whole or refused with the words that help: the museum stands in `bad/`.

Each exhibit holds the files that differ from `good/`, and `error.txt`: words its error must hold.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from xiuhua.neighbourhood import PilotError, load

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").iterdir())


def test_the_good_folder_is_read():
    hood = load(HERE / "good")
    smoke, door = hood.devices
    assert smoke.params == {"limit": 0.08}
    assert smoke.tags == ("home", "elder_alone")
    assert (door.flat, door.under, door.tags) == ("", "tl01-gw-01", ())
    assert hood.place("tl01-b001-0101").parent == "tl01-b001"
    assert list(hood.rules) == ["own.toml"]


def test_a_folder_without_a_calendar_says_nothing_of_days(tmp_path: Path):
    folder = tmp_path / "hood"
    shutil.copytree(HERE / "good", folder)
    assert [holiday.zh for holiday in load(folder).holidays] == ["元旦"]
    assert len(load(folder).holidays[0].off) == 3
    (folder / "calendar.toml").unlink()
    assert load(folder).holidays == ()


def test_what_can_be_looked_up():
    hood = load(HERE / "good")
    assert [place.code for place in hood.children("c")] == ["tl01", "tl02"]
    assert [place.code for place in hood.chain("tl01-b001")] == ["c", "tl01", "tl01-b001"]
    assert hood.names("tl01-b001-0101") == ("一村", "1号", "101室")
    assert [device.kind for device in hood.devices_of("tl01")] == ["smoke", "door"]
    assert hood.devices_of("tl02") == ()
    with pytest.raises(KeyError):
        hood.chain("nowhere")


@pytest.mark.parametrize("exhibit", BAD, ids=lambda path: path.name)
def test_the_museum(exhibit: Path, tmp_path: Path):
    folder = tmp_path / "hood"
    shutil.copytree(HERE / "good", folder)
    shutil.copytree(exhibit, folder, dirs_exist_ok=True)
    with pytest.raises(PilotError) as caught:
        load(folder)
    told = str(caught.value)
    assert str(folder) in told
    for words in (exhibit / "error.txt").read_text("utf-8").splitlines():
        assert words in told


def test_an_absent_file_is_named(tmp_path: Path):
    with pytest.raises(PilotError, match=r"staff\.toml is missing"):
        load(tmp_path)


def test_all_problems_are_told_at_once(tmp_path: Path):
    folder = tmp_path / "hood"
    shutil.copytree(HERE / "good", folder)
    for name in ("device-in-no-place", "account-without-team", "rule-of-no-class"):
        shutil.copytree(HERE / "bad" / name, folder, dirs_exist_ok=True)
    with pytest.raises(PilotError) as caught:
        load(folder)
    assert len(caught.value.problems) == 3


def test_a_flood_of_problems_is_cut_short():
    error = PilotError(Path("x"), [f"problem {number}." for number in range(25)])
    assert "problem 19." in str(error)
    assert "problem 20." not in str(error)
    assert "and 5 more" in str(error)
