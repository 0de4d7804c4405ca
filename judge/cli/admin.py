"""`judge admin`: what an administrator does on the machine itself, before anybody can sign in."""

import json
import secrets
import sys
from typing import Annotated

import typer

from judge.cli.console import HomeOption, clear_errors, given
from judge.models.words import Role

app = typer.Typer(help="Accounts and other work of administrators.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Accounts and other work of administrators."""


@app.command("create-account")
def create_account(
    username: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.CONTESTANT,
    password: Annotated[
        str | None,
        typer.Option(
            help="The password, or - to read it from standard input. Made up and printed if absent."
        ),
    ] = None,
    email: Annotated[str | None, typer.Option(help="Address, if known.")] = None,
    with_token: Annotated[bool, typer.Option("--token", help="Make an API token as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    home: HomeOption = None,
) -> None:
    """Create an account: the first administrator, an organizer, or contestants in a script."""
    from judge import runtime as runtimes
    from judge import settings as configuration
    from judge.services import accounts

    chosen = sys.stdin.readline().rstrip("\n") if password == "-" else password  # noqa: S105 - a dash
    made = chosen or secrets.token_urlsafe(12)
    with clear_errors():
        runtime = runtimes.build(configuration.load(**given(home=home)))
        try:
            with runtime.database.transaction() as session:
                account = accounts.register(session, username=username, password=made, email=email, role=role)
                token = (
                    accounts.create_token(session, account, name="judge admin").text if with_token else None
                )
        finally:
            runtime.close()
    said = {"username": username, "role": role.value}
    if chosen is None:
        said["password"] = made
    if token:
        said["token"] = token
    if as_json:
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        sys.stdout.write("".join(f"{name + ':':<10} {value}\n" for name, value in said.items()))
