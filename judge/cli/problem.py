"""`judge problem`: an organizer builds, proves and publishes a package.

Publishing proves first: nothing is published that fails the check.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from judge import runtime as runtimes
from judge import settings as configuration
from judge.cli.console import HomeOption, clear_errors, given
from judge.cli.exits import ExitCode
from judge.cli.problem_import import import_package
from judge.cli.proof import Proof, as_json, show
from judge.errors import NotFound
from judge.models import Account
from judge.runtime import Runtime
from judge.services import accounts
from judge.services import problems as service
from judge.settings import Settings
from judge.worker.bench import SandboxSource
from judge.worker.proving import ExampleResult, check_example
from problems.build import build as build_package
from problems.errors import BuildError, Finding, PackageError
from problems.lint import lint
from problems.loader import MANIFEST, Package, load
from sandboxes.base import Provider
from sandboxes.errors import SandboxError
from sandboxes.pool import Pool
from sandboxes.select import select_provider

app = typer.Typer(help="Build, check and publish a problem package.", no_args_is_help=True)

FolderArgument = Annotated[
    Path, typer.Argument(exists=True, readable=True, help="Folder or zip of the package.", metavar="DIR")
]


app.command("import")(import_package)


@app.command()
def build(
    folder: FolderArgument,
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="Put the built package here; in place without.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Split by this seed, not the manifest's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build although nothing changed.")] = False,
) -> None:
    """Build the package's data by its prepare.py."""
    with clear_errors(), _package_errors():
        settings = configuration.load(**given(home=home))
        target = build_package(folder, cache=settings.home / "cache", out=out, seed=seed, force=force)
        package = load(target)
    sys.stdout.write(f"{package.spec.slug} {package.spec.version} is built in {target}\n")


@app.command()
def check(
    folder: FolderArgument,
    home: HomeOption = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Prove the package: schema, statements, leaks, and every example judged for real. Exit code 0 or 1."""
    with clear_errors(), _loaded(folder) as path:
        proof = prove(path, configuration.load(**given(home=home)))
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
) -> None:
    """Prove the package, then publish it to this judge's database."""
    with clear_errors(), _loaded(folder) as path:
        settings = configuration.load(**given(home=home))
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


def prove(folder: Path, settings: Settings) -> Proof:
    """Build, read, lint and judge a package.

    Args:
        folder: of the package; built in place when that can be written, else below `home`.
        settings: says which sandbox and where the cache is.

    Returns:
        What was found; judging is left out when something before is wrong.
    """
    try:
        out = None if os.access(folder, os.W_OK) else settings.home / "packages" / folder.name
        package = load(build_package(folder, cache=settings.home / "cache", out=out))
    except PackageError as error:
        return Proof(folder.name, None, error.findings)
    except BuildError as error:
        return Proof(folder.name, None, (Finding(error.code, str(error), "prepare.py"),))
    findings = lint(package)
    if any(finding.severity == "error" for finding in findings):
        return Proof(package.spec.slug, package, findings)
    return _judged(package, findings, settings)


def _judged(package: Package, findings: Sequence[Finding], settings: Settings) -> Proof:
    # One example at a time leaves cores over: the next one's sandbox warms while this one is judged.
    if package.spec.gpu is not None:
        # A device might be lent to a submission at this moment: only workers may take one.
        message = "its examples were judged on the CPU; hand one in to see it on a GPU"
        findings = [*findings, Finding("gpu-unproven", message, MANIFEST, severity="warning")]
    with _provider(settings) as provider, contextlib.closing(Pool(provider, n_spare_cores=2)) as pool:
        results = _results(package, pool)
        return Proof(package.spec.slug, package, findings, results, provider.report())


def _results(package: Package, source: SandboxSource) -> list[ExampleResult]:
    results = []
    for example in package.examples:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[Kjudging {example.name} …")
            sys.stderr.flush()
        results.append(check_example(package, example, source))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    return results


@contextlib.contextmanager
def _provider(settings: Settings) -> Iterator[Provider]:
    """Yield a provider; whatever it made is gone afterwards.

    Raises:
        typer.Exit: none can run here; what to install was printed.
    """
    owner = f"proving-{os.getpid()}"
    try:
        provider = select_provider(
            settings.sandbox,
            allow_local=settings.allow_local_sandbox,
            owner=owner,
            run_dir=settings.run_dir,
            hidden=[settings.home],
            docker_runtime=settings.docker_runtime or None,
        )
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.NOT_INSTALLED) from error
    try:
        yield provider
    finally:
        provider.sweep()
        provider.close()


@contextlib.contextmanager
def _loaded(path: Path) -> Iterator[Path]:
    """Yield the package's folder; a zip is unpacked into one that is removed afterwards."""
    if path.is_dir():
        yield path.absolute()
        return
    with _package_errors(), tempfile.TemporaryDirectory(prefix="judge-package-") as name:
        unpacked = Path(name) / "unpacked"
        unpacked.mkdir()
        slug = load(path, into=unpacked).spec.slug
        yield unpacked.rename(Path(name) / slug)  # a package's folder is called like the problem


@contextlib.contextmanager
def _package_errors() -> Iterator[None]:
    """Print what is wrong with a package, place by place.

    Raises:
        typer.Exit: instead of the error.
    """
    try:
        yield
    except (PackageError, BuildError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.NOT_ACCEPTED) from error
