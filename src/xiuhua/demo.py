"""`xiuhua demo`: the pilot neighbourhood live, with its simulator, from one command.

1. The ports are free. 2. The tables are made, the pilot is loaded into var/demo. 3. Everything is
started. 4. The page answers: address and log-ins are printed. 5. The first alert stands on the
page: how long that took is printed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from xiuhua.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from xiuhua.city.pilot import Login

PATIENCE = 180.0
"""Seconds that the page, and then the first alert, may take before we say so."""

SHOWN = ("duty_officer", "shift_leader", "grid_supervisor", "handler")
"""Roles whose first log-in is printed; the others stand in the file."""


@dataclass(frozen=True, kw_only=True)
class Guide:
    """What to tell. `began` is the moment (epoch s) from which the first alert is timed, and
    `what_began` what happened then."""

    address: str
    logins: Sequence[Login]
    logins_file: Path
    began: float
    what_began: str

    async def accompany(self, supervisor: Supervisor) -> None:
        """Tell where the page is once it answers, and when the first alert stands on it."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells each request
        async with httpx.AsyncClient(base_url=self.address, timeout=20) as browser:
            await self._wait_for_page(browser)
            for line in self.greeting():
                supervisor.say("demo", line)
            if alert := await self._first_alert(browser):
                waited = time.time() - self.began
                supervisor.say(
                    "demo",
                    f"▶ {waited:.0f} s after {self.what_began} the first alert stood on the page: "
                    f"{alert['name']['zh']} {alert['name']['en']}",
                )
            else:
                supervisor.say("demo", f"no alert within {PATIENCE:.0f} s; try: xiuhua doctor")

    def greeting(self) -> list[str]:
        """Address and log-ins, in Chinese and English."""
        first = {login.role: login for login in reversed(self.logins)}
        shown = [first[role] for role in SHOWN if role in first]
        width = max(len(login.username) for login in shown)
        return [
            "",
            f"打开 Open      {self.address}",
            *(
                f"账号 Log in    {one.username:<{width}}  {one.password}  {one.zh} {one.role}"
                for one in shown
            ),
            f"居民 Residents {self.address.rstrip('/')}/public/",
            f"全部 All       {self.logins_file}",
            "停止 Stop      Ctrl-C",
            "",
        ]

    async def _wait_for_page(self, browser: httpx.AsyncClient) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if (await browser.get("/accounts/login/")).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # not up yet
            await asyncio.sleep(0.2)
        raise PageSilent(self.address)

    async def _log_in(self, browser: httpx.AsyncClient) -> None:
        officer = next(login for login in self.logins if login.role == "duty_officer")
        await browser.post(
            "/accounts/login/",
            data={
                "login": officer.username,
                "password": officer.password,
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            },
            headers={"Referer": self.address},
        )

    async def _first_alert(self, browser: httpx.AsyncClient) -> dict[str, Any] | None:
        """The first alert that was not there when we came; None if there is none for long."""
        known: set[str] | None = None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            shown = await self._alerts(browser)
            if known is None and shown is not None:
                known = {alert["id"] for alert in shown if alert["start"] / 1000 < self.began}
            if fresh := [alert for alert in shown or () if alert["id"] not in (known or ())]:
                return fresh[0]
            await asyncio.sleep(0.5)
        return None

    async def _alerts(self, browser: httpx.AsyncClient) -> list[dict[str, Any]] | None:
        """What stands on the page now; None while the page is too busy, or was started again."""
        try:
            answer = await browser.get("/api/command/live")
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                await self._log_in(browser)
                return None
            return list(answer.raise_for_status().json()["alerts"])
        except httpx.HTTPError:
            return None


class PageSilent(Exception):
    """The pages did not come up."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The page at {address} did not answer within {PATIENCE:.0f} s. Everything was ended; "
            "what the processes said stands above. Try: xiuhua doctor"
        )


def simulator(host: str, mqtt_port: int, folder: Path) -> Program:
    """The simulator with the demo's incidents; it ends before the doors do. In `folder` lie the
    devices' secrets, and there the ground truth is written."""
    argv = [sys.executable, "-m", "xiuhua", "simulate", "--schedule", "demo"]
    argv += ["--mqtt", f"{host}:{mqtt_port}"]
    argv += ["--credentials", str(folder / "credentials.csv")]
    argv += ["--truth", str(folder / "truth.ndjson")]
    return Program(name="simulator", argv=argv, ends=0)
