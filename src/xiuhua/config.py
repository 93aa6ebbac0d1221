"""Every setting of the house, read from the environment once. `docs/reference/settings.md` is made
from here. Only `cli` and `city.settings` look at this; the floors below take plain arguments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    """Settings, each by an environment variable of the same name with `XIUHUA_` before it."""

    model_config = SettingsConfigDict(env_prefix="XIUHUA_", extra="ignore")

    home: Path = Field(Path("var"), description="Where data, keys and logs are kept.")
    database: str = Field(
        "", description="The rooms' database, postgresql://… ; empty: SQLite, HOME/city.db."
    )
    log: str = Field(
        "",
        description="Where the log is: postgresql://… , nats://A,B,C/NAME ; empty: SQLite,"
        " HOME/log.db.",
    )
    history: str = Field("", description="Folder of the Parquet history; empty: HOME/history.")
    kinds: str = Field("", description="Folder with further kinds of sensor, one Python file each.")
    host: str = Field(
        "127.0.0.1", description="Address that the web pages and both doors listen on."
    )
    web_port: int = Field(8080, description="Port of the web pages.")
    mqtt_port: int = Field(1883, description="Port of the MQTT door.")
    mqtts_port: int = Field(8883, description="Port of the MQTT door under TLS.")
    tls_cert: str = Field(
        "", description="Certificate (PEM, with its chain) of both doors; empty: no TLS."
    )
    tls_key: str = Field("", description="Private key (PEM) of that certificate.")
    tls_client_ca: str = Field(
        "",
        description="Authority (PEM) of the devices' certificates: under TLS each must then show"
        " one with its id as the common name. Empty: none is asked for.",
    )
    http_port: int = Field(8081, description="Port of the HTTP door (POST /intake).")
    https_port: int = Field(8443, description="Port of the HTTP door under TLS.")
    device_rate: float = Field(
        100,
        ge=0,
        description="Readings a second that one device may send, with 100 seconds' worth at once;"
        " 0: no limit.",
    )
    speaker_rate: float = Field(
        20_000,
        ge=0,
        description="Readings a second that one log-in may send, a gateway box's with all its"
        " devices; 0: no limit.",
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1", description="Host names of the pages, by comma."
    )
    tile_url: str = Field("", description="Map tiles, {z}/{x}/{y}; empty: our own drawing only.")
    notify: str = Field("", description="Apprise URLs that calls are sent through, by comma.")
    url: str = Field(
        "",
        description="How people reach the pages, https://… : the link in each message and where"
        " voice gateways call back. Empty: messages carry no link.",
    )
    rescue_number: str = Field(
        "",
        description="What the voice gateway dials for 119 by itself when a life may be at risk."
        " Empty: a person rings 119, and the page says what to say. Set it only with the word of"
        " the fire service.",
    )
    case_stages: Literal["national", "huangpu"] = Field(
        "national",
        description="How a case's stages are displayed: the national seven, or six as Huangpu"
        " District says them.",
    )
    case_fallback: str = Field(
        "",
        description="Code of the team that takes what two teams have handed back; empty: the"
        " command centre.",
    )
    indicators: str = Field(
        "",
        description="Table of the indicators that this house evaluates by (TOML, written like"
        " src/xiuhua/city/evaluation/indicators.toml); empty: ours. Read once: start again after a"
        " change.",
    )
    orders_a_person: int = Field(
        5,
        ge=1,
        description="So many orders somebody is given at once; a risk to life is never counted.",
    )
    idle_minutes: int = Field(
        720,
        description="Minutes without a click after which a person is logged out. 720 is a shift: a"
        " wall screen is watched, not clicked. Set 15 where desks stand in the open.",
    )
    https: bool = Field(
        False,
        description="The pages are reached by https: cookies are marked secure, HSTS is sent.",
    )
    log_days: int = Field(
        30,
        ge=1,
        description="Days that records stay in the log once the worker has them safe; readings"
        " stay in history.",
    )
    log_mb: int = Field(
        20_000,
        ge=1,
        description="MiB of readings that stay in the log at most; older ones leave it, but none"
        " that a reader still needs.",
    )
    disk_warn_mb: int = Field(
        10_240, ge=1, description="MiB of free disk below which doctor and the road's page warn."
    )
    disk_stop_mb: int = Field(
        512,
        ge=0,
        description="MiB of free disk below which the doors take nothing more, so that people can"
        " still work; they open by themselves when there is room.",
    )
    history_days: int = Field(
        365,
        ge=1,
        description="Days that readings stay in history; kinds about people have their own.",
    )
    history_days_personal: int = Field(
        30,
        ge=1,
        description="Days that readings of kinds about people (face, vehicle, door, sniffer) stay.",
    )
    demo: bool = Field(False, description="Demo data and demo log-ins may exist here.")

    @property
    def tls_files(self) -> tuple[Path, Path, Path | None] | None:
        """Certificate, key and the devices' authority; None where the MQTT door has no TLS."""
        if not self.tls_cert:
            return None
        authority = Path(self.tls_client_ca) if self.tls_client_ca else None
        return Path(self.tls_cert), Path(self.tls_key), authority

    @property
    def history_root(self) -> Path:
        return Path(self.history) if self.history else self.home / "history"


@cache
def config() -> Config:
    """The settings of this process."""
    return Config()


def described() -> Iterator[tuple[str, str, str]]:
    """Each setting: its variable, its default as text ("" for none), what it is."""
    for name, field in Config.model_fields.items():
        yield f"XIUHUA_{name.upper()}", str(field.default), field.description or ""


def shown(variable: str, default: str) -> str:
    """A setting as it may be shown: addresses of databases and channels hold passwords."""
    value = os.environ.get(variable)
    if value is None:
        return default or "(empty)"
    return "(set)" if "://" in value else value
