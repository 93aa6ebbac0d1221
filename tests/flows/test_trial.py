"""A page starts a process of its own to try a rule on what the house has heard."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests.flows.conftest import Build
from tests.flows.test_replay import STRICTER
from tests.support.waiting import eventually

TRY = """
import json, sys
from datetime import UTC, datetime, timedelta
from django.contrib.auth.models import User
from xiuhua.city.rules import queries, trials
now = datetime.now(UTC)
by = User.objects.get(username="leader01")
{before}
trial = trials.begin(text={text!r}, by=by, since=now - timedelta(hours=1), until=now, now=now)
trials.launch(trial.pk).join()
ended = queries.trial(trial.pk)
print(json.dumps([ended.state, ended.failure, ended.result]))
"""


def test_a_trial_runs_beside_and_says_how_it_ended(build: Build) -> None:
    house = build("gateway", "worker")
    house.say({"device": "tl01-smoke-0002", "obscuration": 0.04, "temperature": 22.0})
    eventually(lambda: house.rows("SELECT 1 FROM road_progress WHERE applied > 3"))
    house.end("gateway")
    house.end("worker")

    def tried(before: str = "") -> list[object]:
        code = TRY.format(text=STRICTER, before=before)
        printed = house.command("manage", "shell", "-v", "0", "-c", code)
        found: list[object] = json.loads(printed.splitlines()[-1])
        return found

    state, failure, result = tried()
    assert (state, failure) == ("done", "")
    assert isinstance(result, dict)
    assert result["counts"] == {"new": 1, "gone": 0, "earlier": 0, "later": 0}
    assert result["days"][0][0][:4] == str(datetime.now(UTC).year)
    assert tried(before='sys.executable = "/bin/false"')[:2] == ["failed", "died"]
