"""Reads `problem.yaml` with the line of everything in it, so that each complaint has a place.

YAML is cut down to what a manifest needs: one document of plain mappings, lists and scalars. No
aliases (the usual YAML bomb), no duplicate keys (the second silently wins elsewhere), no tags.
"""

import difflib
from collections.abc import Sequence
from typing import NoReturn, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from problems.errors import Finding, PackageError
from problems.schema import Spec

MAX_MANIFEST_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_FINDINGS = 50

_SCALAR_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null"))


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses aliases and deep nesting before they cost anything."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _refuse("yaml-alias", "anchors and aliases are not allowed; write the value out", event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            _refuse("yaml-depth", f"nested deeper than {MAX_DEPTH} levels", event)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refuse(code: str, message: str, at: object) -> NoReturn:
    mark = getattr(at, "start_mark", None) or getattr(at, "problem_mark", None)
    raise PackageError.at(code, message, "problem.yaml", mark.line + 1 if mark else 0) from None


def _compose(text: str) -> yaml.Node:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not valid YAML"
        _refuse("yaml-syntax", f"cannot be read as YAML: {reason}", error)
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(node, yaml.MappingNode):
        _refuse("yaml-shape", "must be one mapping of keys to values", node)
    return node


def _construct(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child) for child in node.value]
    if node.tag not in _SCALAR_TAGS:
        _refuse(
            "yaml-tag",
            f"{node.value[:40]!r} is read as {node.tag.rpartition(':')[2]}; put it in quotes",
            node,
        )
    constructor = yaml.constructor.SafeConstructor()
    try:
        return constructor.construct_object(node)
    except (ValueError, IndexError, yaml.YAMLError):
        _refuse("yaml-value", f"{node.value[:40]!r} cannot be read; put it in quotes if it is text", node)


def _construct_mapping(node: yaml.MappingNode) -> dict[str, object]:
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        if key_node.tag != "tag:yaml.org,2002:str" or not isinstance(key_node, yaml.ScalarNode):
            _refuse("yaml-key", "keys must be plain text", key_node)
        key = key_node.value
        if key in result:
            _refuse("yaml-duplicate", f"key {key[:60]!r} is written twice; keep one", key_node)
        result[key] = _construct(value_node)
    return result


def _line_of(root: yaml.Node, loc: Sequence[int | str], *, want_key: bool = False) -> int:
    node, line = root, root.start_mark.line
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == part]
            if not pairs:
                break
            key, node = pairs[0]
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1


def _known_keys(loc: Sequence[int | str]) -> list[str]:
    """Return the keys allowed beside the one at `loc`, to suggest what was meant."""
    model: type[BaseModel] = Spec
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        # An optional part is annotated `Model | None`.
        candidates = () if field is None else (field.annotation, *get_args(field.annotation))
        found = [one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)]
        if not found:
            return []
        model = found[0]
    return list(model.model_fields)


def _finding(root: yaml.Node, error: ErrorDetails) -> Finding:
    loc = (*error["loc"], *getattr(error.get("ctx", {}).get("error"), "at", ()))
    dotted = ".".join(str(part) for part in loc)[:200] or "problem.yaml"
    dotted = dotted if dotted.isprintable() else ascii(dotted)[1:-1]
    line = _line_of(root, loc)
    if error["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(loc[-1]), _known_keys(loc), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; remove it or see the format's documentation"
        return Finding("unknown-key", f"unknown key {dotted}{hint}", "problem.yaml", line)
    if error["type"] == "missing":
        return Finding("missing-key", f"{dotted} is required", "problem.yaml", line)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_type":
        message = "must be text; put it in quotes"
    if error["type"] == "literal_error" and isinstance(error["input"], str | int | float):
        message += f"; found {str(error['input'])[:80]!r}"
    if error["type"] == "string_pattern_mismatch":
        message += f"; found {str(error['input'])[:80]!r}"
    if error["type"] == "model_type":
        message = "must be a mapping of keys to values"
    return Finding("bad-value", f"{dotted}: {message}", "problem.yaml", line)


class Lines:
    """Tells where things stand in a manifest that was read without complaint.

    Args:
        content: bytes of `problem.yaml`.
    """

    def __init__(self, content: bytes) -> None:
        self._root = _compose(content.decode("utf-8-sig"))

    def of(self, *at: str | int) -> int:
        """Return the line of a part; that of the innermost section that is there, when it is absent.

        Args:
            at: path of keys and positions, as `"scoring", "metrics", 0, "name"`.
        """
        return _line_of(self._root, at)


def read_mapping(text: str) -> dict[str, object]:
    """Read text as one mapping, in the YAML that manifests have.

    Raises:
        PackageError: `yaml-*`, with the line.
    """
    root = _compose(text)
    return _construct_mapping(root) if isinstance(root, yaml.MappingNode) else {}


def parse_manifest(content: bytes) -> Spec:
    """Read and validate a manifest.

    Args:
        content: bytes of `problem.yaml`.

    Returns:
        The validated spec.

    Raises:
        PackageError: with every fault found, each with its line. Codes: `manifest-size`,
            `manifest-encoding`, `yaml-*`, `unknown-key`, `missing-key`, `bad-value`.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        raise PackageError.at(
            "manifest-size",
            f"larger than {MAX_MANIFEST_BYTES // 1024} KiB; move prose to statement/",
            "problem.yaml",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PackageError.at(
            "manifest-encoding", "is not UTF-8; save it as UTF-8", "problem.yaml", line
        ) from None
    root = _compose(text)
    values = _construct_mapping(root) if isinstance(root, yaml.MappingNode) else {}
    try:
        return Spec.model_validate(values)
    except ValidationError as error:
        # A list whose items are faulty is also called too short; that says nothing more.
        items = [
            item
            for item in error.errors(include_url=False)
            if item["type"] != "too_short" or not item["input"]
        ]
        found = [_finding(root, item) for item in items[:MAX_FINDINGS]]
        raise PackageError(sorted(found, key=lambda finding: finding.line)) from None
