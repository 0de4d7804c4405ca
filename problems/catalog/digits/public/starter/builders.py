"""Networks that a safetensors file may name, so that weights travel without code.

The file's header says `builder` and `config` (JSON); the runner makes the empty network here and
fills it. Participants train with a copy of this file, hence: no imports but torch, stable names.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

MAX_WIDTH = 4096
MAX_LAYERS = 12


def _sizes(config: Mapping[str, Any], key: str, default: Sequence[int]) -> list[int]:
    values = config.get(key, list(default))
    if not isinstance(values, list) or len(values) > MAX_LAYERS:
        raise ValueError(f"{key} must be a list of at most {MAX_LAYERS} integers")
    for value in values:
        if type(value) is not int or not 1 <= value <= MAX_WIDTH:
            raise ValueError(f"{key} must hold integers from 1 to {MAX_WIDTH}")
    return values


def mlp(config: Mapping[str, Any], input_shape: Sequence[int], n_classes: int) -> nn.Module:
    """Fully connected layers with ReLU between; `hidden: []` is softmax regression.

    Args:
        config: `hidden`, list of layer widths, default `[128]`.
        input_shape: of one sample.
        n_classes: width of the output.

    Returns:
        The network, weights not yet loaded.
    """
    width = 1
    for size in input_shape:
        width *= size
    layers: list[nn.Module] = [nn.Flatten()]
    for hidden in _sizes(config, "hidden", [128]):
        layers += [nn.Linear(width, hidden), nn.ReLU()]
        width = hidden
    return nn.Sequential(*layers, nn.Linear(width, n_classes))


def cnn_small(config: Mapping[str, Any], input_shape: Sequence[int], n_classes: int) -> nn.Module:
    """3x3 convolutions, each with ReLU and 2x2 max pooling, then one hidden layer.

    Args:
        config: `channels`, list of convolution widths, default `[16, 32]`; `hidden`, list of one
            or no width, default `[64]`.
        input_shape: (channels, height, width) of one sample.
        n_classes: width of the output.

    Returns:
        The network, weights not yet loaded.
    """
    depth, height, width = input_shape
    layers: list[nn.Module] = []
    for channels in _sizes(config, "channels", [16, 32]):
        layers += [nn.Conv2d(depth, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        depth, height, width = channels, height // 2, width // 2
    if not height or not width:
        raise ValueError("channels has more poolings than the picture has room for")
    head = mlp({"hidden": _sizes(config, "hidden", [64])}, (depth, height, width), n_classes)
    return nn.Sequential(*layers, *head.children())


BUILDERS = {"mlp": mlp, "cnn_small": cnn_small}


def build(name: str, config_json: str, input_shape: Sequence[int], n_classes: int) -> nn.Module:
    """Make the network that a header asks for.

    Args:
        name: key of `BUILDERS`.
        config_json: JSON object; unknown keys are refused.
        input_shape: of one sample.
        n_classes: width of the output.

    Returns:
        The network in evaluation mode.

    Raises:
        ValueError: unknown name or a bad configuration; the text may be shown to the participant.
    """
    if name not in BUILDERS:
        raise ValueError(f"unknown builder {name!r}; known: {', '.join(BUILDERS)}")
    try:
        config = json.loads(config_json)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("config is not JSON") from None
    if not isinstance(config, dict) or set(config) - {"hidden", "channels"}:
        raise ValueError("config must be an object with `hidden` and `channels` only")
    return BUILDERS[name](config, input_shape, n_classes).eval()
