"""`python -m judge` is the `judge` command: the way our own processes start one another."""

from judge.cli.main import app

app()
