"""Alembic's entry: runs on the connection that `judge.db.migrate` opened and locked."""

from alembic import context

from judge.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transactional_ddl=True,
)
# The caller's transaction encloses everything: all of a migration happens, or none of it.
context.run_migrations()
