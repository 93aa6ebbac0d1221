"""The job in Flink SQL: the statements of flink_sql.sql, in streaming mode, one task slot.

No Python runs inside. The clock starts when the job is handed in; Flink's own start-up is outside.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from pyflink.table import EnvironmentSettings, TableEnvironment

from bench.peers.job import arguments, report, write_events

STATEMENTS = Path(__file__).with_suffix(".sql")


def main() -> None:
    """The command."""
    options = arguments()
    table = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for name, value in {
        "parallelism.default": "1",
        "pipeline.object-reuse": "true",
        "table.local-time-zone": "UTC",
    }.items():
        table.get_config().set(name, value)
    paths = {
        f"{{{name}}}": str(getattr(options, name).resolve()) for name in ("readings", "places")
    }
    text = re.sub(r"--.*", "", STATEMENTS.read_text())
    for name, path in paths.items():
        text = text.replace(name, path)
    *before, job = [statement for statement in text.split(";") if statement.strip()]
    for statement in before:
        table.execute_sql(statement)
    began = time.perf_counter()
    with table.execute_sql(job).collect() as events:
        write_events(options.events, (tuple(event) for event in events))
    report(options.count, time.perf_counter() - began)


if __name__ == "__main__":
    main()
