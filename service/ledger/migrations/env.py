"""Run by Alembic inside `Ledger.migrate`, on the connection that it hands over."""

from alembic import context

from ubora.service.ledger.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller has begun a transaction and will end it
)
context.run_migrations()
