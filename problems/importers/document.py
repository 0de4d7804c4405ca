"""Reads foreign YAML and JSON as plain data, with the line of everything in it.

No tags; aliases within a budget, so that no file costs much more than it is long. Keys are not known in
advance, so what is left unread can be asked for afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from problems.errors import PackageError

MAX_DEPTH = 30
MAX_VALUES = 50_000
MAX_CHARS = 1024 * 1024
Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses deep nesting before it costs anything."""

    depth = 0
    n_nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        self.depth += 1
        self.n_nodes += 1
        if self.depth > MAX_DEPTH:
            raise _Refused(f"nested deeper than {MAX_DEPTH} levels", line)
        if self.n_nodes > MAX_VALUES:
            raise _Refused(f"holds more than {MAX_VALUES} values", line)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Refused(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Document:
    """A mapping read from a file.

    Args:
        file: its path in the package, for messages.
        text: YAML, or JSON, which is YAML too.

    Raises:
        PackageError: `yaml-size`, `yaml-syntax`, `yaml-shape`.
    """

    def __init__(self, file: str, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise PackageError.at("yaml-size", f"is longer than {MAX_CHARS} characters", file)
        self.file = file
        self._lines: dict[Path, int] = {}
        self._read: set[str] = set()
        self._n_values = 0
        loader = None
        try:
            loader = _Loader(text.replace("\t", "    "))
            node = loader.get_single_node()
            value = {} if node is None else self._construct(node, ())
        except _Refused as refused:
            raise PackageError.at("yaml-syntax", refused.message, file, refused.line) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "not valid YAML"
            line = mark.line + 1 if mark else 0
            raise PackageError.at("yaml-syntax", f"cannot be read: {str(reason)[:200]}", file, line) from None
        finally:
            if loader is not None:
                loader.dispose()
        if not isinstance(value, dict):
            raise PackageError.at("yaml-shape", "must be a mapping of keys to values", file)
        self.value: dict[str, Any] = value

    def line(self, *path: str | int) -> int:
        """Return the line of a key, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 0)

    def take(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any plain value
        """Return a top-level value, and remember that it was read."""
        self._read.add(key)
        value = self.value.get(key, default)
        return default if value is None else value

    def text(self, key: str, default: str = "") -> str:
        """Return a top-level value as text; numbers and dates are written out."""
        value = self.take(key, default)
        return default if isinstance(value, dict | list) else str(value)

    def untouched(self) -> Iterator[tuple[str, int]]:
        """Yield the top-level keys that were not taken, with their lines."""
        return ((key, self.line(key)) for key in self.value if key not in self._read)

    def fault(self, code: str, message: str, *path: str | int) -> PackageError:
        """Return an error at a key."""
        return PackageError.at(code, message, self.file, self.line(*path))

    def _construct(self, node: yaml.Node, path: Path, key: yaml.Node | None = None) -> object:
        line = (key or node).start_mark.line + 1
        self._n_values += 1
        if self._n_values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _Refused("holds too many values, or aliases of itself", line)
        self._lines[path] = line
        if isinstance(node, yaml.MappingNode):
            return {
                str(key.value): self._construct(value, (*path, str(key.value)), key)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode)
            }
        if isinstance(node, yaml.SequenceNode):
            return [self._construct(child, (*path, index)) for index, child in enumerate(node.value)]
        tag = node.tag.rpartition(":")[2]
        if tag not in {"str", "int", "float", "bool", "null"}:
            return str(node.value)  # a date, a blob, a custom tag: its text
        value: object = yaml.constructor.SafeConstructor().construct_object(node)
        return value


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[Any]:
    """Return a list; a single value is a list of one, nothing an empty one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]
