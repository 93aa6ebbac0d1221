"""What is stored: the database, the log, the table of indicators."""

from __future__ import annotations

from collections.abc import Iterator

from xiuhua.epoch import now_ms

from .checks import Finding, Setup, check, first_line


@check("X10")
def database_is_up_to_date(_: Setup) -> Iterator[Finding]:
    """The rooms' database answers and has every table that the code expects."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(
            "error",
            f"The rooms' database does not answer: {first_line(error)}",
            "Start it, and look at XIUHUA_DATABASE (empty: SQLite in HOME).",
        )
        return
    if missing:
        yield Finding(
            "error",
            f"{len(missing)} migrations are not applied, the first {missing[0][0]}.",
            "Run: xiuhua migrate",
        )


@check("X11")
def log_answers_and_is_sound(setup: Setup) -> Iterator[Finding]:
    """The log can be read; nothing in it is damaged, no reader holds it up, its clock is right."""
    from xiuhua.city.road import health
    from xiuhua.log.base import LogUnavailable
    from xiuhua.log.database import open_reader

    limits = health.Limits(
        keep_ms=setup.log_days * 86_400_000, keep_bytes=setup.log_bytes, disk_warn=0, disk_stop=0,
        folder=None,
    )  # fmt: skip
    try:
        with open_reader(setup.log) as reader:
            found = health.examine(reader, limits, now_ms())
    except LogUnavailable as error:
        found = health.Health(troubles=(health.no_log(error),))
    for trouble in found.troubles:
        yield Finding(trouble.weight, trouble.en, trouble.todo_en)
    behind = found.at - now_ms()
    if behind > 5_000 and not any(trouble.part == "clock" for trouble in found.troubles):
        yield Finding(
            "error",
            f"This machine's clock is {behind // 1000} s behind the newest record of the log.",
            "Set the clock (timedatectl, chrony): log time never runs back.",
        )


@check("X13")
def log_stands_the_loss_of_a_node(setup: Setup) -> Iterator[Finding]:
    """A log on NATS has three copies, and all of them keep up."""
    if not setup.log.startswith(("nats://", "tls://")):
        return
    from xiuhua.log import jetstream
    from xiuhua.log.base import LogUnavailable

    try:
        doubts = jetstream.doubts(setup.log)
    except LogUnavailable:  # X11 says it
        return
    for doubt in doubts:
        yield Finding(
            "warning",
            f"On the NATS cluster {doubt}.",
            "Look at the nodes (nats-server's log); see docs/guide/nats.md.",
        )


@check("X14")
def bridges_bring_what_they_should(setup: Setup) -> Iterator[Finding]:
    """Every bridge that was not told to end runs, hears its broker and reaches our door."""
    from xiuhua.bridge import status

    for each in status.read_all(setup.home / "bridge"):
        if trouble := status.trouble(each, now_ms()):
            yield Finding(
                "warning",
                trouble,
                "Start it (xiuhua bridge FILE), or remove its file from HOME/bridge if it is gone.",
            )


@check("X15")
def indicators_make_sense(_: Setup) -> Iterator[Finding]:
    """The table by which the house evaluates can be read and counted by."""
    from xiuhua.city.evaluation.indicators import BadIndicator, indicators

    try:
        indicators()
    except BadIndicator as error:
        yield Finding(
            "error",
            f"No indicator can be shown. {error}",
            "Mend the file that XIUHUA_INDICATORS names, or set none: then ours counts.",
        )
