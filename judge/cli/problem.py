"""`judge problem`: an organizer builds, proves and publishes a package.

Publishing proves first: nothing is published that fails the check.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from judge import runtime as runtimes
from judge import settings as configuration
from judge.cli.console import HomeOption, SandboxOption, clear_errors, given, package_errors
from judge.cli.exits import ExitCode
from judge.cli.problem_diff import diff, pack
from judge.cli.problem_import import import_package
from judge.cli.problem_new import new
from judge.cli.problem_prove import prove
from judge.cli.proof import as_json, show
from judge.errors import NotFound
from judge.models import Account
from judge.runtime import Runtime
from judge.services import accounts
from judge.services import problems as service
from problems.build import build as build_package
from problems.loader import Package, load

EPILOG = (
    "Exit codes: 0 done; may be published; no difference · 1 the package is at fault, or differs · "
    "2 usage, nothing there · 3 refused: this version has other content, another owner · "
    "5 the database cannot be reached · 7 no sandbox can run here, or a part is not installed."
)
app = typer.Typer(
    help="Make, build, check, compare and publish problem packages.", no_args_is_help=True, epilog=EPILOG
)

FolderArgument = Annotated[
    Path, typer.Argument(exists=True, readable=True, help="Folder or zip of the package.", metavar="DIR")
]

app.command()(new)
app.command("import")(import_package)
app.command()(diff)
app.command()(pack)


@app.command()
def build(
    folder: FolderArgument,
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="Put the built package here; in place without.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Split by this seed, not the manifest's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build although nothing changed.")] = False,
) -> None:
    """Build the package's data by its prepare.py."""
    with clear_errors(), package_errors():
        settings = configuration.load(**given(home=home))
        target = build_package(folder, cache=settings.home / "cache", out=out, seed=seed, force=force)
        package = load(target)
    sys.stdout.write(f"{package.spec.slug} {package.spec.version} is built in {target}\n")


@app.command()
def check(
    folder: FolderArgument,
    home: HomeOption = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    sandbox: SandboxOption = None,
    is_fast: Annotated[
        bool, typer.Option("--fast", help="Leave out the second build, and submissions that know nothing.")
    ] = False,
    is_watched: Annotated[
        bool, typer.Option("--watch", help="Show on stderr what example programs print while they run.")
    ] = False,
) -> None:
    """Prove the package: schema, statements, data, leaks, limits, and every example judged for real.

    Exit codes: 0 it may be published, 1 it must not, 2 there is no such folder, 7 no sandbox can run here.
    """
    with clear_errors(), _loaded(folder) as path:
        settings = configuration.load(**given(home=home, sandbox=sandbox))
        proof = prove(path, settings, is_fast=is_fast, is_watched=is_watched)
    if is_json:
        sys.stdout.write(as_json(proof) + "\n")
    else:
        show(proof)
    raise typer.Exit(ExitCode.OK if proof.is_good else ExitCode.NOT_ACCEPTED)


@app.command()
def publish(
    folder: FolderArgument,
    home: HomeOption = None,
    owner: Annotated[str | None, typer.Option(help="Username of the organizer who owns it.")] = None,
    sandbox: SandboxOption = None,
) -> None:
    """Prove the package, then publish it to this judge's database."""
    with clear_errors(), _loaded(folder) as path:
        settings = configuration.load(**given(home=home, sandbox=sandbox))
        runtime = runtimes.build(settings)
        try:
            _find_owner(runtime, owner)  # before the long work: a wrong name should not cost minutes
            proof = prove(path, settings)
            show(proof)
            if not proof.is_good or proof.package is None:
                raise typer.Exit(ExitCode.NOT_ACCEPTED)
            _publish(runtime, proof.package, owner)
        finally:
            runtime.close()


def _publish(runtime: Runtime, package: Package, owner: str | None) -> None:
    actor = _find_owner(runtime, owner)
    with runtime.database.transaction() as session:
        version = service.publish(session, runtime.blobs, package, actor=actor)
        sys.stdout.write(f"{package.spec.slug} {version.version} is published\n")


def _find_owner(runtime: Runtime, username: str | None) -> Account | None:
    if username is None:
        return None
    with runtime.database.read() as session:
        account = accounts.find_account(session, username)
    if account is None:
        raise NotFound(
            "There is no account called {name}.", code="account-not-found", params={"name": username}
        )
    return account


@contextlib.contextmanager
def _loaded(path: Path) -> Iterator[Path]:
    """Yield the package's folder; a zip is unpacked into one that is removed afterwards."""
    if path.is_dir():
        yield path.absolute()
        return
    with package_errors(), tempfile.TemporaryDirectory(prefix="judge-package-") as name:
        unpacked = Path(name) / "unpacked"
        unpacked.mkdir()
        slug = load(path, into=unpacked).spec.slug
        yield unpacked.rename(Path(name) / slug)  # a package's folder is called like the problem
