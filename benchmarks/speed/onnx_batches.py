"""Pictures through a convolutional network in ONNX Runtime: one by one, and in batches.

Why OnnxEmbedding has no batch size. The networks are made here, with weights by chance; figures are
processor time of one thread.

Run: python benchmarks/speed/onnx_batches.py
"""

import time

import numpy as np
import onnxruntime
from _common import race
from onnx import TensorProto, helper, numpy_helper

N_PICTURES = 64
CHANNELS = ((16, 2), (32, 2), (64, 1), (128, 2), (128, 1))  # of each layer, and its stride


def network(side):
    """Return five convolutions and a mean over places, as the bytes of an ONNX file."""
    rng = np.random.default_rng(0)
    nodes, weights, before, n_before = [], [], "x", 3
    for layer, (n_channels, stride) in enumerate(CHANNELS):
        values = rng.normal(size=(n_channels, n_before, 3, 3)) / np.sqrt(9 * n_before)
        weights.append(numpy_helper.from_array(values.astype(np.float32), f"w{layer}"))
        shape = {"strides": [stride] * 2, "pads": [1] * 4}
        nodes.append(helper.make_node("Conv", [before, f"w{layer}"], [f"c{layer}"], **shape))
        nodes.append(helper.make_node("Relu", [f"c{layer}"], [f"r{layer}"]))
        before, n_before = f"r{layer}", n_channels
    nodes.append(helper.make_node("GlobalAveragePool", [before], ["y"]))
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, side, side])
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "net", [taken], [given], weights)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()


def run(session, pictures, size):
    for start in range(0, len(pictures), size):
        session.run(None, {"x": pictures[start : start + size]})


def main():
    """Print the table."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for side in (48, 112, 224):
        session = onnxruntime.InferenceSession(
            network(side), options, providers=["CPUExecutionProvider"]
        )
        pictures = np.random.default_rng(0).normal(size=(N_PICTURES, 3, side, side))
        pictures = pictures.astype(np.float32)
        print(f"\n{side} x {side} pixels, per picture")
        race(
            {
                f"batches of {size}": lambda session=session, pictures=pictures, size=size: run(
                    session, pictures, size
                )
                for size in (1, 8, 32)
            },
            per=N_PICTURES,
            clock=time.process_time,
        )


if __name__ == "__main__":
    main()
