"""What devices and gateways log in with, from the first secret to the last."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.city.conftest import Hire
from xiuhua.city.devices import commands, credentials, queries
from xiuhua.city.devices.commands import NewDevice
from xiuhua.city.devices.credentials import GRACE
from xiuhua.city.road.ports import Ledger
from xiuhua.gateway.ports import Use
from xiuhua.gateway.roll import Roll

pytestmark = pytest.mark.django_db
NOW = 1_790_000_000_000
GATEWAY = "tl04-gw-01"
SMOKE = "tl04-smoke-0007"
HOLDERS = pytest.mark.parametrize("holder", [SMOKE, GATEWAY])


@pytest.fixture(autouse=True)
def house() -> None:
    put()


def put() -> None:
    """A gateway and a device under it, in service."""
    commands.put_gateway(id=GATEWAY, site="tl04", zh="网关", en="Gateway")
    commands.put_devices(
        devices=[
            NewDevice(
                id=SMOKE, kind="smoke", site="tl04", place="tl04", lon=121.4, lat=31.1,
                zh="烟感", en="Detector", under=GATEWAY,
            )
        ]
    )  # fmt: skip


def log_in(holder: str, secret: str) -> Use | None:
    """What the door tells the ledger of a log-in; None where it is turned away."""
    speaker = Roll(queries.speakers()).log_in(holder, secret)
    return Use(holder, speaker.secret, NOW + 5) if speaker else None


def told(holder: str) -> list[str]:
    return [step.what for step in queries.steps(holder)]


@HOLDERS
def test_old_and_new_go_together_until_the_new_one_is_used(holder: str) -> None:
    old = credentials.issue(id=holder, now=NOW)
    new = credentials.rotate(id=holder, by="mei", now=NOW + 1)
    from_old, from_new = log_in(holder, old), log_in(holder, new)
    assert from_old is not None and from_new is not None

    before = queries.ledger_version()
    Ledger().used([from_old])
    assert log_in(holder, old) and queries.ledger_version() == before
    Ledger().used([from_new])
    Ledger().used([from_new])
    assert log_in(holder, old) is None and log_in(holder, new)
    assert queries.ledger_version() == before + 1
    held = queries.credential(holder)
    assert held is not None and held.used == NOW + 5
    assert told(holder) == ["issued", "rotated", "taken_up"]


def test_a_secret_that_was_never_put_in_does_not_end_the_one_in_use() -> None:
    in_use = credentials.issue(id=SMOKE, now=NOW)
    lost = credentials.rotate(id=SMOKE, by="mei", now=NOW + 1)
    new = credentials.rotate(id=SMOKE, by="mei", now=NOW + 2)
    assert log_in(SMOKE, in_use) and log_in(SMOKE, new)
    assert log_in(SMOKE, lost) is None
    (speaker,) = [one for one in queries.speakers() if one.id == SMOKE]
    assert speaker.before_until == NOW + 2 + GRACE


def test_a_use_of_what_was_withdrawn_meanwhile_counts_for_nothing() -> None:
    secret = credentials.issue(id=SMOKE, now=NOW)
    use = log_in(SMOKE, secret)
    assert use is not None
    assert credentials.revoke(id=SMOKE, by="mei", now=NOW)
    assert not credentials.revoke(id=SMOKE, by="mei", now=NOW)
    credentials.used(uses=[use])
    assert queries.credential(SMOKE) is None and log_in(SMOKE, secret) is None
    assert told(SMOKE) == ["issued", "revoked"]


def test_what_is_retired_has_no_secret_left_even_if_it_comes_back() -> None:
    secret = credentials.issue(id=SMOKE, now=NOW)
    commands.retire(ids=[SMOKE], by="mei", now=NOW)
    with pytest.raises(credentials.NotInService):
        credentials.rotate(id=SMOKE, by="mei", now=NOW)
    put()
    assert log_in(SMOKE, secret) is None
    assert told(SMOKE) == ["issued", "retired"]


def test_the_same_secrets_given_again_change_nothing() -> None:
    credentials.set_secrets(secrets={SMOKE: "one", "stranger": "two"}, now=NOW)
    before = queries.ledger_version()
    credentials.set_secrets(secrets={SMOKE: "one"}, now=NOW)
    assert queries.ledger_version() == before and told(SMOKE) == ["issued"]
    assert queries.credential("stranger") is None


class TestPages:
    @pytest.fixture(autouse=True)
    def integrator(self, hire: Hire, client: Client) -> None:
        client.force_login(hire("mei", role="integrator"))

    @HOLDERS
    def test_a_secret_is_seen_once(self, client: Client, holder: str) -> None:
        page = client.post(f"/devices/access/{holder}/rotate")
        (secret,) = re.findall(r"<code>([\w-]{22})</code>", page.content.decode())
        assert log_in(holder, secret) and "no-store" in page["Cache-Control"]
        again = client.get(f"/devices/access/{holder}").content.decode()
        assert secret not in again and "mei" in again

    def test_withdrawn_on_the_page(self, client: Client) -> None:
        secret = credentials.issue(id=GATEWAY, now=NOW)
        assert "已签发" in client.get("/devices/gateways").content.decode()
        page = client.post(f"/devices/access/{GATEWAY}/revoke", follow=True).content.decode()
        assert "密钥已撤回" in page and log_in(GATEWAY, secret) is None

    def test_retired_on_the_page(self, client: Client) -> None:
        page = client.post(f"/devices/{SMOKE}/retire", follow=True).content.decode()
        assert "已停用" in page and SMOKE not in {one.id for one in queries.speakers()}
        assert client.post("/devices/nobody/retire").status_code == 404
        refused = client.post(f"/devices/access/{SMOKE}/rotate", follow=True).content.decode()
        assert "不发密钥" in refused

    def test_who_only_looks_changes_nothing(self, hire: Hire, client: Client) -> None:
        client.force_login(hire("lin", role="duty_officer"))
        assert client.post(f"/devices/access/{SMOKE}/rotate").status_code == 403
        assert client.post(f"/devices/{SMOKE}/retire").status_code == 403
        assert "/devices/access/" not in client.get(f"/devices/{SMOKE}").content.decode()
