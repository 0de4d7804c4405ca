"""`judge images`: the runner images of the Docker sandbox, made on this machine and looked at."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from judge.cli.console import say
from judge.cli.exits import ExitCode

if TYPE_CHECKING:
    from sandboxes.docker.images import ImageStore
    from sandboxes.manifests import Manifest

app = typer.Typer(
    help="Build the runner images of the Docker sandbox, and see what they hold.", no_args_is_help=True
)
BASE_HELP = (
    "A base is bootstrapped from Debian packages, which needs root and mmdebstrap; without these it is "
    "debian:bookworm-slim, if the engine has it or can pull it. All else needs no more than the engine."
)
Names = Annotated[list[str] | None, typer.Argument(help="Images; all that are built by default if none.")]
LocksOption = Annotated[
    Path | None,
    typer.Option(help="Folder of locks; the judge's own if not given.", show_default=False),
]


@contextmanager
def _clear_faults() -> Iterator[None]:
    """End with a line, not a traceback, when the engine or an image is missing."""
    from sandboxes.errors import ImageMissing, SandboxError

    try:
        yield
    except SandboxError as error:
        sys.stderr.write(f"{error.detail}\n")
        is_ours = isinstance(error, ImageMissing)
        raise typer.Exit(ExitCode.NOT_ACCEPTED if is_ours else ExitCode.UNAVAILABLE) from error


@app.command(help=f"Build runner images, unless they are there as defined. {BASE_HELP}")
def build(
    names: Names = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Build from scratch, base included: brings Debian's security fixes."),
    ] = False,
    locked: Annotated[
        bool,
        typer.Option("--locked", help="Refuse a build that differs from its lock in any package or file."),
    ] = False,
    locks: LocksOption = None,
    mirror: Annotated[
        str | None, typer.Option(help="Debian archive to take packages from; this host's if not given.")
    ] = None,
    security_mirror: Annotated[str | None, typer.Option(help="Debian security archive, likewise.")] = None,
    base: Annotated[
        str,
        typer.Option(help="Grow the base from this image of Debian bookworm instead of bootstrapping it."),
    ] = "",
) -> None:
    """Build runner images."""
    from sandboxes import definitions
    from sandboxes.docker.engine import connect
    from sandboxes.docker.images import ImageBuilder, Options
    from sandboxes.docker.images.sources import choose

    folder = (locks or definitions.LOCKS) if locked or locks else None
    with _clear_faults():
        archive = choose(mirror, security_mirror)
        options = Options(is_forced=force, locks=folder, archive=archive, base_image=base)
        wanted = _known(names) or definitions.list_images(only_default=True)
        builder = ImageBuilder(connect(), options, say)
        for name in wanted:
            manifest = builder.build(name)
            say(f"{name}: {_size(manifest)}, {len(manifest.packages)} packages, {manifest.contents}")
            _compare(manifest, definitions.LOCKS)


@app.command("list")
def list_images(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the images that are defined, and which of them are here and up to date."""
    from sandboxes import definitions

    with _clear_faults():
        store = _store()
        rows = [_row(store, name) for name in definitions.list_images()]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        size = f"{row['size_bytes'] / 1e6:,.0f} MB" if row["size_bytes"] else ""
        typer.echo(f"{row['name']:<15} {row['state']:<10} {size:>9}  {row['built_at']:<21} {row['title']}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Image.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifest as JSON; it can be a lock.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file of it again; exit code 1 if the digest differs.")
    ] = False,
) -> None:
    """Show what an image holds: every package with version and licence, digest of the contents, origin."""
    with _clear_faults():
        _known([name])
        store = _store()
        manifest = store.manifest(name)
        measured = store.measure(name) if verify else manifest.contents
    sys.stdout.write(manifest.dumps() if as_json else _described(manifest))
    if measured != manifest.contents:
        sys.stderr.write(f"the files of this image come to {measured}: it is not what was built\n")
        raise typer.Exit(ExitCode.NOT_ACCEPTED)


@app.command()
def lock(names: Names = None, locks: LocksOption = None) -> None:
    """Write down what the images of this machine hold, so that another machine must come to the same."""
    from sandboxes import definitions
    from sandboxes.docker.images import lock_path

    folder = locks or definitions.LOCKS
    with _clear_faults():
        store = _store()
        for name in _known(names) or [name for name in definitions.list_images() if store.find(name)]:
            text = store.manifest(name).dumps()
            folder.mkdir(parents=True, exist_ok=True)
            lock_path(folder, name).write_text(text, encoding="utf-8")
            typer.echo(str(lock_path(folder, name)))


def _store() -> "ImageStore":
    from sandboxes.docker.engine import connect
    from sandboxes.docker.images import ImageStore

    return ImageStore(connect())


def _known(names: list[str] | None) -> list[str]:
    """Return the names, each of which is defined."""
    from sandboxes import definitions

    return [definitions.load(name).name for name in names or []]


def _row(store: "ImageStore", name: str) -> dict[str, Any]:
    from sandboxes import definitions

    definition, image = definitions.load(name), store.find(name)
    row: dict[str, Any] = {"name": name, "title": definition.titles["en"], "state": "missing"}
    row |= {"size_bytes": 0, "built_at": "", "contents": ""}
    if image is None:
        return row
    if not store.is_made_from(image, definition):
        return {**row, "state": "outdated"}
    manifest = store.manifest(name)
    seen = {"size_bytes": manifest.size_bytes, "built_at": manifest.built_at, "contents": manifest.contents}
    return {**row, **seen, "state": "ready"}


def _compare(manifest: "Manifest", folder: Path) -> None:
    """Say in what an image differs from what the project tested."""
    from sandboxes.docker.images import read_lock
    from sandboxes.manifests import differences

    lock = read_lock(folder, manifest.image)
    changed = differences(lock, manifest) if lock is not None else []
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        say(f"{manifest.image}: not what its lock says: {'; '.join(changed[:5])}{more}")


def _described(manifest: "Manifest") -> str:
    lines = [
        f"image       {manifest.image}",
        f"contents    {manifest.contents}",
        f"definition  {manifest.definition}",
        f"base        {manifest.base}",
        f"built       {manifest.built_at} on {manifest.architecture}",
        f"size        {_size(manifest)}",
        "",
    ]
    lines += [f"{row.kind:<8} {row.name:<32} {row.version:<28} {row.licence}" for row in manifest.packages]
    return "\n".join(lines) + "\n"


def _size(manifest: "Manifest") -> str:
    return f"{manifest.size_bytes / 1e6:,.0f} MB"
