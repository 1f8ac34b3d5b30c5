"""Bring the ledger's tables to those of this version, and do nothing else: before services of it are started.

    ubora admin migrate --data /srv/ubora

`ubora serve` does the same when it starts. Of several that do so at once one migrates, and the others wait.
"""

import argparse
import os
from pathlib import Path

from alembic.runtime.migration import MigrationContext

from ubora.service.ledger.database import Ledger, sqlite_file
from ubora.service.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="the service's data folder (var)")
    parser.add_argument("--database-url", help="as for `ubora serve`")


def run(args: argparse.Namespace) -> int:
    settings = Settings.from_environment(os.environ, data=args.data, database_url=args.database_url)
    settings.data.mkdir(parents=True, exist_ok=True)
    path = sqlite_file(settings.ledger_url())
    made = " (a new ledger: there was none)" if path is not None and not path.exists() else ""
    ledger = Ledger.open(settings.ledger_url(), zone=settings.zone)
    try:
        with ledger.read() as session:
            revision = MigrationContext.configure(session.connection()).get_current_revision()
    finally:
        ledger.close()
    print(f"{ledger.where}: tables of revision {revision}{made}")
    return 0
