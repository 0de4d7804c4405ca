"""How team commands speak: results on stdout, progress and complaints on stderr, exit codes by cause."""

import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import typer
from rich.console import Console

from judge.cli.exits import ExitCode
from judge.client import AuthFailed, ClientError, ConfigError, JudgeClient, Refused, ServerUnavailable, config
from judge.client.texts import translated

PLAIN_WIDTH = 160
# Controls and direction marks: a team's name must not be able to paint on somebody's terminal.
UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@lru_cache(maxsize=1)
def language() -> str:
    """Return the language of the terminal."""
    return config.language()


def t(text: str, **params: object) -> str:
    """Return a line of ours in the terminal's language, filled in."""
    return translated(text, language()).format(**params)


def out() -> Console:
    """Return the console of results."""
    return _console(is_error=False)


def err() -> Console:
    """Return the console of progress and complaints."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> Console:
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(stderr=is_error, width=width, highlight=False, markup=False, emoji=False)


def clean(text: object) -> str:
    """Return text from the server with nothing in it that a terminal would obey."""
    return "".join(c for c in str(text) if unicodedata.category(c) not in UNPRINTED)


def clean_block(text: object) -> str:
    """Return text of several lines, each cleaned."""
    return "\n".join(clean(line.expandtabs(4)) for line in str(text).splitlines())


def number(value: float | None) -> str:
    """Return a score for people."""
    return "–" if value is None else f"{value:.6g}"


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print one JSON document on stdout; ASCII, so any terminal and any pipe takes it."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")


def print_json_error(code: str, detail: str, **more: object) -> None:
    """Print an error as JSON, for `--json`."""
    print_json({"error": {"code": code, "detail": detail, **more}})


@contextmanager
def client(*, needs_token: bool = True) -> Iterator[JudgeClient]:
    """Yield a client for the address and token in force.

    Raises:
        typer.Exit: there is no token although one is needed.
    """
    found = connection(needs_token=needs_token)
    with JudgeClient(found.url, found.token, language=language()) as judge:
        yield judge


def connection(*, needs_token: bool = True) -> config.Config:
    """Return the address and token in force.

    Raises:
        typer.Exit: there is no token although one is needed.
    """
    found = config.load()
    if needs_token and not found.token:
        err().print(
            t(
                "No token. Make one in the portal under Settings, then run: judge login --url {url}",
                url=found.url,
            )
        )
        raise typer.Exit(ExitCode.AUTH)
    return found


@contextmanager
def exit_codes(*, as_json: bool = False) -> Iterator[None]:
    """Turn the client's errors into one clear line and the exit code that fits.

    Raises:
        typer.Exit: instead of any `ClientError`.
    """
    try:
        yield
    except ClientError as error:
        code = _exit_code(error)
        if as_json and isinstance(error, AuthFailed | Refused):
            fields = [{"field": field, "message": message} for field, message in error.errors]
            print_json_error(
                error.code, error.detail, status=error.status, params=error.params, errors=fields
            )
        elif as_json:
            print_json_error(_word(error), str(error))
        _complain(error)
        raise typer.Exit(code) from error


def _exit_code(error: ClientError) -> ExitCode:
    if isinstance(error, AuthFailed):
        return ExitCode.AUTH
    if isinstance(error, ServerUnavailable):
        return ExitCode.UNAVAILABLE
    return ExitCode.USAGE if isinstance(error, ConfigError) else ExitCode.REFUSED


def _word(error: ClientError) -> str:
    return {ExitCode.UNAVAILABLE: "unavailable", ExitCode.USAGE: "usage"}.get(_exit_code(error), "refused")


def _complain(error: ClientError) -> None:
    text = clean(error)
    if isinstance(error, AuthFailed):
        err().print(t("The token was refused: {reason}", reason=text))
    elif isinstance(error, Refused):
        err().print(t("Refused: {reason}", reason=text))
        for field, message in error.errors:
            err().print(f"  {clean(field)}: {clean(message)}")
    elif isinstance(error, ServerUnavailable):
        err().print(t("The judge cannot be reached: {reason}", reason=text))
    else:
        err().print(text)
