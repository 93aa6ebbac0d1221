"""The city's outer doors: logging in, headers, sessions, the admin pages."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.settings import postgres_database
from xiuhua.city.staff import commands as staff

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def no_failures_yet() -> None:
    cache.clear()


@pytest.fixture(scope="module")
def hashed() -> str:
    return make_password(PASSWORD)


def keeper(hire: Hire) -> User:
    """A system administrator with a second factor."""
    root = hire("root", role="system_admin")
    Authenticator.objects.create(user=root, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    return root


def log_in(client: Client, username: str, password: str = PASSWORD) -> tuple[int, str]:
    form = {"login": username, "password": password}
    answer = client.post("/accounts/login/", form)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("duty_officer", "/"),
        ("handler", "/cases/"),
        ("system_admin", "/admin/"),
        ("integrator", "/devices/"),
        ("auditor", "/people/looks"),
        ("social_worker", "/people/contacts"),
        ("doctor", "/accounts/2fa/"),
    ],
)
def test_each_begins_where_their_work_is(
    client: Client, hashed: str, role: str, start: str
) -> None:
    staff.put_member(username="lin", role=role, zh="林", en="Lin", hashed_password=hashed)
    assert log_in(client, "lin") == (302, start)


def test_an_account_is_locked_for_a_while_after_failures(client: Client, hashed: str) -> None:
    staff.put_member(username="lin", role="duty_officer", zh="林", en="Lin", hashed_password=hashed)
    for _ in range(5):
        assert log_in(client, "lin", "wrong")[0] == 200
    assert log_in(client, "lin")[0] != 302
    cache.clear()  # the while is over
    assert log_in(client, "lin") == (302, "/")


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    form = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.filter(username="mallory").exists()


@pytest.mark.parametrize("page", ["email/", "password/reset/", "login/code/confirm/"])
def test_nobody_comes_in_by_mail(client: Client, hire: Hire, page: str) -> None:
    assert client.get(f"/accounts/{page}").status_code == 404
    client.force_login(hire("lin", role="duty_officer"))
    mail = {"email": "mallory@example.org", "action_add": ""}
    assert client.post(f"/accounts/{page}", mail).status_code == 404


def test_pages_forbid_foreign_scripts_frames_and_copies(client: Client) -> None:
    headers = client.get("/accounts/login/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy and "script-src" not in policy  # scripts: ours only
    assert headers["X-Frame-Options"] == "DENY"
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_chinese_until_the_reader_chooses(client: Client) -> None:
    def language() -> str:
        page = client.get("/accounts/login/", headers={"accept-language": "en-GB"})
        return page.headers["Content-Language"]

    assert language() == "zh-hans"
    client.post("/i18n/setlang/", {"language": "en"})
    assert language() == "en"
    client.cookies["django_language"] = "tlh"
    assert language() == "zh-hans"


def test_a_session_lasts_from_the_last_click_and_is_not_written_each_time(
    client: Client, hire: Hire
) -> None:
    client.force_login(hire("wang", role="integrator"))
    client.get("/rules/")
    first = client.session["rolled"]
    client.get("/rules/")
    assert client.session["rolled"] == first
    session = client.session
    session["rolled"] = int(time.time()) - 61
    session.save()
    answer = client.get("/rules/")
    assert client.session["rolled"] >= first
    assert "sessionid" in answer.cookies  # and so it is extended in the browser


@pytest.mark.parametrize(
    ("ask", "headers"),
    [("/rules/", {"hx-request": "true"}), ("/api/devices/", {}), ("/live/drawing.json", {})],
)
def test_a_page_that_looks_by_itself_does_not_keep_a_session_alive(
    client: Client, hire: Hire, ask: str, headers: dict[str, str]
) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    client.get(ask, headers=headers)
    assert "rolled" not in client.session
    client.post("/i18n/setlang/", {"language": "en"}, headers={"hx-request": "true"})
    assert "rolled" in client.session


def test_the_admin_pages_open_for_the_system_administrator_alone(
    client: Client, hire: Hire
) -> None:
    client.force_login(hire("lin", role="duty_officer"))
    assert client.get("/admin/").status_code == 302
    client.force_login(keeper(hire))
    for page in (
        "",
        "staff/member/",
        "staff/member/add/",
        "staff/team/",
        "auth/user/",
        "almanac/day/",
    ):
        assert client.get(f"/admin/{page}").status_code == 200, page
    assert client.get("/admin/almanac/day/add/").status_code == 403
    for hidden in (
        "people/resident/",
        "cases/case/",
        "alerts/alert/",
        "rules/rule/",
        "devices/device/",
    ):
        assert client.get(f"/admin/{hidden}").status_code == 404, "a way round the doors"


def test_what_the_administrator_sees_is_accounts_and_the_houses_own_works() -> None:
    """A new model is registered with thought: who keeps the accounts sees no matters of people."""
    shown = {model._meta.label for model in admin.site._registry}
    assert {label.split(".")[0] for label in shown} <= {
        "account", "alerts", "almanac", "auth", "mfa", "staff",
    }  # fmt: skip
    assert {label for label in shown if label.startswith("alerts.")} == {"alerts.Kinship"}


def test_the_admin_pages_have_no_log_in_of_their_own(client: Client, hashed: str) -> None:
    """Django's would let anybody try passwords for ever, and ask for no second factor."""
    staff.put_member(username="root", role="system_admin", zh="管", en="R", hashed_password=hashed)
    form = {"username": "root", "password": PASSWORD, "next": "/admin/"}
    answer = client.post("/admin/login/", form)
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert "sessionid" not in client.cookies


def test_who_keeps_the_accounts_needs_a_second_factor(
    client: Client, hire: Hire, settings: LazySettings
) -> None:
    client.force_login(hire("root", role="system_admin"))
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/2fa/", 302)
    settings.DEMO = True
    assert client.get("/admin/").status_code == 200


def test_flags_without_the_role_open_nothing(client: Client, hire: Hire) -> None:
    lin = hire("lin", role="duty_officer")
    lin.is_staff = lin.is_superuser = True
    lin.save()
    client.force_login(lin)
    assert client.get("/admin/auth/user/", follow=True).status_code == 403


def test_the_admin_pages_give_nobody_a_role(client: Client, hire: Hire) -> None:
    """They ask for one; who grants it is another (`staff.grants`)."""
    root, other = keeper(hire), hire("wei", role="handler")
    client.force_login(root)
    facts = {"role": "system_admin", "zh": "x", "en": "X", "phone": "", "team": "", "skills": "[]"}
    for one in (other, root):
        at = f"/admin/staff/member/{one.pk}/change/"
        assert client.post(at, facts | {"is_superuser": "on"}).status_code == 302
    other.refresh_from_db()
    assert (other.member.role, other.is_staff, other.is_superuser) == ("handler", False, False)


def test_a_second_factors_secret_is_for_nobody_to_see(client: Client, hire: Hire) -> None:
    root = keeper(hire)
    client.force_login(root)
    factor = Authenticator.objects.get(user=root)
    page = client.get(f"/admin/mfa/authenticator/{factor.pk}/change/").content.decode()
    assert "JBSWY3DPEHPK3PXP" not in page


def test_a_second_factor_is_sealed_where_it_is_stored(client: Client, hashed: str) -> None:
    staff.put_member(username="lin", role="duty_officer", zh="林", en="Lin", hashed_password=hashed)
    lin = User.objects.get(username="lin")
    secret = generate_totp_secret()
    TOTP.activate(lin, secret)
    assert secret not in str(Authenticator.objects.get(user=lin).data)
    assert log_in(client, "lin") == (302, "/accounts/2fa/authenticate/")
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_the_typed_interface_describes_itself_to_those_inside(client: Client, hire: Hire) -> None:
    assert client.get("/api/openapi.json").status_code == 302
    client.force_login(hire("wang", role="integrator"))
    described = client.get("/api/openapi.json").json()
    assert "/api/devices/{device}/series" in described["paths"]


def test_a_database_url_is_read_whole() -> None:
    secret = "p@ss/word"
    read = postgres_database(
        f"postgresql://city:{quote(secret, safe='')}@db.example:5433/xiuhua?sslmode=require"
    )
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "city",
        secret,
        "db.example",
        "5433",
        "xiuhua",
    )
    assert read["OPTIONS"]["sslmode"] == "require"


def test_a_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = [sys.executable, "-c", "import xiuhua.city.settings"]
    subprocess.run(settings, check=True, env={**os.environ, "XIUHUA_HOME": str(home)})
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
