"""Where a log on NATS is: `nats://host:port,host:port,host:port/NAME?replicas=3`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from xiuhua.log.base import LogUnavailable

SCHEMES = ("nats://", "tls://")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class NotAnAddress(LogUnavailable):
    """The address of a log on NATS cannot be read."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The log's address cannot be read: {what}. Write "
            "nats://HOST:PORT,HOST:PORT,HOST:PORT/NAME, and behind it, where they are needed, "
            "?replicas=3&creds=FILE&ca=FILE&cert=FILE&key=FILE.",
            permanent=True,
        )


@dataclass(frozen=True, slots=True)
class Address:
    """`servers` as nats-py takes them; `name` is the stream's; files are paths or None."""

    servers: tuple[str, ...]
    name: str
    replicas: int
    creds: Path | None
    ca: Path | None
    cert: Path | None
    key: Path | None

    @property
    def tls(self) -> bool:
        return self.ca is not None or any(each.startswith("tls:") for each in self.servers)


def parse(url: str) -> Address:
    """The address in a URL; raises NotAnAddress, which never repeats the URL's secrets."""
    scheme, _, rest = url.partition("://")
    hosts, _, tail = rest.partition("/")
    parts = urlsplit(f"//x/{tail}")
    wishes = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = parts.path.strip("/") or "xiuhua"
    if not hosts or not all(hosts.split(",")):
        raise NotAnAddress("a host is missing")
    if not _NAME.fullmatch(name):
        raise NotAnAddress("its name may hold letters, digits, - and _ only")
    replicas = wishes.pop("replicas", "3")
    if replicas not in {"1", "3", "5"}:
        raise NotAnAddress("replicas is 1, 3 or 5")
    files = {key: Path(wishes.pop(key)) if key in wishes else None for key in _FILES}
    if wishes:
        raise NotAnAddress(f"{', '.join(sorted(wishes))} is not known")
    servers = tuple(f"{scheme}://{host}" for host in hosts.split(","))
    return Address(servers, name, int(replicas), **files)


_FILES = ("creds", "ca", "cert", "key")
