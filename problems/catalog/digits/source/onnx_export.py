"""Writes a sequential network as ONNX node by node.

`torch.onnx.export` writes its version and, in some releases, names that change from run to run; a
package must be the same bytes each time it is built.
"""

from onnx import TensorProto, checker, helper, numpy_helper
from torch import nn


def to_onnx(network: nn.Sequential, input_shape: tuple[str | int, ...]) -> bytes:
    """Serialise a chain of Conv2d, ReLU, MaxPool2d, Flatten and Linear layers."""
    nodes, weights, current = [], [], "input"
    for index, layer in enumerate(network):
        result = f"layer{index}"
        names = [current]
        for kind, value in layer.named_parameters():
            weights.append(numpy_helper.from_array(value.detach().numpy(), f"{result}.{kind}"))
            names.append(f"{result}.{kind}")
        nodes.append(_node(layer, names, result))
        current = result
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info(current, TensorProto.FLOAT, [input_shape[0], 10])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return model.SerializeToString()


def _node(layer: nn.Module, inputs: list[str], result: str):
    if isinstance(layer, nn.Conv2d):
        return helper.make_node("Conv", inputs, [result], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    if isinstance(layer, nn.MaxPool2d):
        return helper.make_node("MaxPool", inputs, [result], kernel_shape=[2, 2], strides=[2, 2])
    if isinstance(layer, nn.Linear):
        return helper.make_node("Gemm", inputs, [result], transB=1)
    if isinstance(layer, nn.Flatten):
        return helper.make_node("Flatten", inputs, [result], axis=1)
    if isinstance(layer, nn.ReLU):
        return helper.make_node("Relu", inputs, [result])
    raise TypeError(f"no ONNX form written for {type(layer).__name__}")
