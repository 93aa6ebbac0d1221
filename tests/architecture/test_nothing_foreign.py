"""No secret, no real host, no path of a machine, no half merge stands in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .sources import files, text

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|LTAI|AKID)[0-9A-Za-z]{12,}\b"),
    "access token": re.compile(r"\b(?:gh[pousr]_|glpat-|xox[abp]-|sk-)[0-9A-Za-z_-]{20,}"),
    "password in an address": re.compile(
        r"://[^\s/:@\"'{}<>]+:(?!\*\*\*|password@|secret@)[^\s/@\"'{}<>$]+@"
    ),
    "path of a person's machine": re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/"),
    "half a merge": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}
"""What must not stand anywhere, with one made-up example of each below."""

EXAMPLES = {
    "private key": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "cloud key": "AKIA" + "IOSFODNN7EXAMPLE",
    "access token": "ghp" + "_" + "0123456789abcdefghijABCDEFGHIJ",
    "password in an address": "postgresql://admin:" + "hunter2@db/xiuhua",
    "path of a person's machine": "/home" + "/li/xiuhua",
    "half a merge": "<" * 7 + " HEAD",
}

HOSTS = re.compile(
    r"""(?:^|\.)(?:
        localhost | example(?:\.(?:com|org|net|cn))? | invalid | test      # nobody's
      | (?:127|192\.0\.2|198\.51\.100|203\.0\.113)(?:\.\d+)+ | \[::1\] | 0\.0\.0\.0
      | w3\.org | purl\.org | json-schema\.org | opengis\.net              # names, not places
      | apache\.org | python\.org | djangoproject\.com | nodejs\.org | pypi\.org
      | docs\.astral\.sh | github\.com | githubusercontent\.com | sqlite\.org | postgresql\.org
      | rfc-editor\.org | oasis-open\.org | mqtt\.org | biomejs\.dev | vite\.dev
    )$""",
    re.VERBOSE,
)


def everything() -> Iterator[tuple[Path, str]]:
    """All text of the repository; lock files name their registries and are left out."""
    for path in files():
        said = text(path)
        if said is not None and "lock" not in path.name and path != Path("LICENSE"):
            yield path, said


@pytest.mark.parametrize("what", SECRETS)
def test_no_secret_and_no_host_path(what: str) -> None:
    assert SECRETS[what].search(EXAMPLES[what]), "the pattern must find its own example"
    found = [
        f"{path}: {hit[0]}" for path, said in everything() if (hit := SECRETS[what].search(said))
    ]
    assert not found


def test_addresses_are_nobodys_or_documentation() -> None:
    foreign = {
        f"{path}: {host}"
        for path, said in everything()
        for address in re.findall(
            r"\b(?:https?|mqtts?|wss?|postgresql)://[^\s\"'`<>()，。；]+", said
        )
        if (host := _host(address)) and not HOSTS.search(host)
    }
    assert not foreign


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # a placeholder such as http://[host]
        return ""
    return "" if any(mark in host for mark in "{}$%…*") or "." not in host else host
