"""A database as an older version left it, for tests of migrations."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

CONFIG = Config()


REVISIONS = sorted(script.revision for script in ScriptDirectory.from_config(CONFIG).walk_revisions())


def made_by(url: str, revision: str) -> Engine:
    """A ledger as an older release left it."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, revision)
    return engine
