"""Each check of the doctor: it keeps quiet where all is well, and speaks where it is not."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import override_settings

from tests.gateway.support.certificates import Authority
from xiuhua import disks, doctor, sqlite
from xiuhua.bridge import status
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.staff import commands
from xiuhua.doctor import CHECKS, GIB, Finding, Setup, examine
from xiuhua.log.base import Entry
from xiuhua.log.database import open_log


@pytest.fixture
def sound(tmp_path: Path) -> Setup:
    """A set-up that no check minds, apart from what the machine itself lacks."""
    return Setup(
        home=tmp_path / "home",
        database="",
        log=str(tmp_path / "home" / "log.db"),
        host="127.0.0.1",
        ports={"XIUHUA_WEB_PORT": 0},
        https=False,
        demo=False,
    )


def only(setup: Setup, number: str) -> Finding:
    """The one finding of one check."""
    [found] = examine(setup, [number])
    assert found.id == number
    assert found.what.endswith((".", ":")) or ": " in found.what
    assert found.hint
    return found


def changed(setup: Setup, **facts: object) -> Setup:
    """The same set-up, but for this."""
    return Setup(**{**vars(setup), **facts})


def test_a_table_of_indicators_that_makes_no_sense(sound: Setup, tmp_path: Path) -> None:
    table = tmp_path / "indicators.toml"
    table.write_text('[[indicator]]\ncode = "x"\n')
    with override_settings(INDICATORS=str(table)):
        assert "Indicator 1: missing or unknown" in (found := only(sound, "X15")).what
        assert "XIUHUA_INDICATORS" in found.hint
    with override_settings(INDICATORS=str(tmp_path / "none.toml")):
        assert "cannot be read: No such file" in only(sound, "X15").what


QUIET = [
    number for number in CHECKS if number not in {"X03", "X10", "X12", "X20", "X21", "X30", "X40"}
]
"""Checks that say nothing of a sound set-up on any machine with some room on its disk."""


@pytest.mark.parametrize("number", QUIET)
def test_a_sound_set_up_is_left_in_peace(sound: Setup, number: str) -> None:
    assert [found for found in examine(sound, [number]) if found.weight == "error"] == []


@pytest.mark.parametrize("number", CHECKS)
def test_every_check_says_what_it_looks_at(number: str) -> None:
    assert (CHECKS[number].__doc__ or "").strip().endswith(".")


def test_ids_are_given_once() -> None:
    with pytest.raises(ValueError, match="X01 is registered twice"):
        doctor.check("X01")(doctor.machine.sqlite_is_safe)


def test_x01_an_old_sqlite(sound: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "version", lambda: (3, 40, 1))
    assert "SQLite 3.40.1: before 3.51.3 commits can be lost" in only(sound, "X01").what


def test_x02_a_home_that_cannot_be_written(sound: Setup) -> None:
    sound.home.parent.joinpath("file").write_text("")
    blocked = changed(sound, home=sound.home.parent / "file" / "home")
    assert "cannot be written: Not a directory" in only(blocked, "X02").what


MOUNTS = """\
overlay / overlay rw 0 0
/dev/sda1 /srv ext4 rw 0 0
tmpfs /srv/quick tmpfs rw 0 0
server:/x /srv/far\\040away nfs4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "overlay"),
        ("/srv", "ext4"),
        ("/srv/xiuhua/var", "ext4"),
        ("/srv/quick/var", "tmpfs"),
        ("/srv/far away/var", "nfs4"),
        ("/srv/quicker", "ext4"),
    ],
)
def test_the_deepest_mount_decides(path: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "existing", Path)
    assert disks.filesystem(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "weight", "said"),
    [
        ("tmpfs", "error", "lies in memory (tmpfs)"),
        ("nfs4", "error", "lies on a network (nfs4)"),
        ("overlay", "warning", "container's own layer"),
    ],
)
def test_x03_a_home_on_no_real_disk(
    sound: Setup, monkeypatch: pytest.MonkeyPatch, kind: str, weight: str, said: str
) -> None:
    monkeypatch.setattr(disks, "filesystem", lambda *_: kind)
    found = only(sound, "X03")
    assert found.weight == weight
    assert said in found.what


def test_x03_a_network_is_no_matter_where_postgresql_keeps_the_data(
    sound: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "filesystem", lambda *_: "nfs4")
    assert examine(changed(sound, database="postgresql://db.invalid/x"), ["X03"]) == []


@pytest.mark.parametrize(("free", "weight"), [(GIB // 4, "error"), (5 * GIB, "warning")])
def test_x04_a_disk_that_fills(
    sound: Setup, monkeypatch: pytest.MonkeyPatch, free: int, weight: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert only(sound, "X04").weight == weight


def test_x05_keys_that_others_can_read(sound: Setup) -> None:
    keys = sound.home / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / "master").write_bytes(b"k" * 32)
    (keys / "master").chmod(0o644)
    assert only(sound, "X05").hint == f"chmod 600 {keys / 'master'}"
    (keys / "master").chmod(0o600)
    assert examine(sound, ["X05"]) == []
    keys.chmod(0o755)
    assert only(sound, "X05").hint == f"chmod 700 {keys}"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_x06_a_port_that_somebody_else_holds(
    sound: Setup, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = changed(sound, ports={"XIUHUA_MQTT_PORT": taken})
    stranger = doctor.machine.listening.Holder(os.getpid(), "mosquitto")
    monkeypatch.setattr(doctor.machine.listening, "holder", lambda _: stranger)
    found = only(setup, "X06")
    assert found.what == f"Port {taken} is taken by process {os.getpid()} (mosquitto)."
    assert "XIUHUA_MQTT_PORT" in found.hint
    ours = doctor.machine.listening.Holder(os.getpid(), "python -m xiuhua gateway")
    monkeypatch.setattr(doctor.machine.listening, "holder", lambda _: ours)
    assert examine(setup, ["X06"]) == []


def test_x11_a_log_that_is_no_log(sound: Setup) -> None:
    sound.home.mkdir()
    Path(sound.log).write_bytes(b"this is no database" * 300)
    assert "The log does not answer" in only(sound, "X11").what


def test_x11_a_clock_that_runs_behind(sound: Setup) -> None:
    with open_log(sound.log) as log:
        log.append(Entry(), time.time_ns() // 1_000_000 + 3_600_000)
    assert "s behind the newest record" in only(sound, "X11").what


def test_x13_a_log_with_a_copy_too_few(sound: Setup, nats_url: str) -> None:
    alone = changed(sound, log=nats_url.replace("replicas=3", "replicas=1"))
    with open_log(alone.log) as log:
        log.append(Entry(), 0)
    assert "the log has 1 copy" in only(alone, "X13").what
    assert examine(sound, ["X13"]) == []


def test_x14_a_bridge_that_is_silent(sound: Setup) -> None:
    folder = sound.home / "bridge"
    folder.mkdir(parents=True)
    now = time.time_ns() // 1_000_000
    status.write(folder, status.Status("estate", at=now))
    assert examine(sound, ["X14"]) == []
    status.write(folder, status.Status("estate", at=now, door="our door refuses us", waiting=7))
    assert "cannot hand on (7 wait): our door refuses us" in only(sound, "X14").what
    status.write(folder, status.Status("estate", at=now - 3_600_000))
    assert "has not been running for 60 min" in only(sound, "X14").what


def test_x20_and_x21_nothing_is_built(
    sound: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.built, "ROOT", tmp_path)
    assert only(sound, "X20").hint == "Run: make setup"
    assert examine(sound, ["X21"]) == []
    words = tmp_path / "src/xiuhua/city/locale/en/LC_MESSAGES/django.po"
    words.parent.mkdir(parents=True)
    words.write_text("")
    assert "1 translations are not compiled" in only(sound, "X21").what
    words.with_suffix(".mo").write_text("")
    os.utime(words, (0, 0))
    assert examine(sound, ["X21"]) == []


@pytest.mark.django_db
def test_x30_demo_accounts_outside_a_demo(sound: Setup) -> None:
    assert examine(sound, ["X30"]) == []
    commands.put_member(username="duty01", role="duty_officer", zh="沈", en="Shen", demo=True)
    assert "1 demo accounts" in only(sound, "X30").what
    assert examine(changed(sound, demo=True), ["X30"]) == []


@pytest.mark.django_db
def test_x10_a_database_that_is_up_to_date(sound: Setup) -> None:
    assert examine(sound, ["X10"]) == []


def test_x31_a_weak_key(sound: Setup) -> None:
    with override_settings(SECRET_KEY="django-insecure-" + "k" * 50):
        assert only(sound, "X31").what == "The key that signs log-ins is weak."


@pytest.mark.parametrize("facts", [{"ALLOWED_HOSTS": ["*"]}, {"DEBUG": True}])
def test_x31_an_open_house(sound: Setup, facts: dict[str, object]) -> None:
    with override_settings(**facts):
        assert "show their insides to strangers" in only(sound, "X31").what


def test_x32_passwords_in_the_open(sound: Setup) -> None:
    assert only(changed(sound, host="0.0.0.0"), "X32").weight == "warning"
    assert examine(changed(sound, host="0.0.0.0", https=True), ["X32"]) == []


def test_x40_programs_that_tests_miss(sound: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    found = only(sound, "X40")
    assert found.weight == "note"
    assert "chromium" in found.hint
    assert "mosquitto-clients" in found.hint


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "said"),
    [(None, "is empty"), ("2026-10-10", "ends on 2026-12-31"), ("2027-01-01", "")],
)
def test_x12_a_calendar_that_ends(
    sound: Setup, monkeypatch: pytest.MonkeyPatch, last: str | None, said: str
) -> None:
    in_december = round(datetime(2026, 12, 15, tzinfo=UTC).timestamp() * 1000)
    monkeypatch.setattr(doctor.built, "now_ms", lambda: in_december)
    if last:
        day = almanac.NewDay(date=date.fromisoformat(last), works=False, zh="假", en="Holiday")
        almanac.put_days(days=[day])
    if said:
        assert said in only(sound, "X12").what
    else:
        assert examine(sound, ["X12"]) == []


class TestCertificate:
    @pytest.mark.parametrize(
        ("days", "weight", "words"), [(10, "warning", "ends on"), (-1, "error", "ends on")]
    )
    def test_that_ends_soon(
        self, sound: Setup, tmp_path: Path, days: int, weight: str, words: str
    ) -> None:
        tls = (*Authority(tmp_path).sign("door", days), None)
        found = only(changed(sound, tls=tls), "X07")
        assert found.weight == weight
        assert words in found.what

    def test_that_lasts_is_left_in_peace(self, sound: Setup, tmp_path: Path) -> None:
        assert examine(changed(sound, tls=(*Authority(tmp_path).sign("door"), None)), ["X07"]) == []

    def test_whose_key_lies_open(self, sound: Setup, tmp_path: Path) -> None:
        cert, key = Authority(tmp_path).sign("door")
        key.chmod(0o644)
        assert "read by others" in only(changed(sound, tls=(cert, key, None)), "X07").what

    def test_that_is_not_there(self, sound: Setup, tmp_path: Path) -> None:
        tls = (tmp_path / "none.pem", tmp_path / "none.key", None)
        assert only(changed(sound, tls=tls), "X07").weight == "error"
