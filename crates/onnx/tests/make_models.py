"""Makes the models in tests/models and what they give: NAME.onnx, NAME.input and NAME.output.

    python -m venv venv && venv/bin/pip install onnx==1.23.2 && venv/bin/python make_models.py

The outputs come from the onnx package's ReferenceEvaluator. The vectors are little-endian float32: the input
as [maps, height, width] whatever the model's layout is, the output as the model gives it, flattened.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).parent / "models"
SEED = 20180


class Model:
    """A graph that grows node by node; the last value is its output."""

    def __init__(self, name, shape, opset=17, raw=True):
        self.name, self.opset, self.raw = name, opset, raw
        self.shape, self.last, self.nodes, self.weights = list(shape), "x", [], []
        self.random = np.random.default_rng([SEED, *name.encode()])
        self.channels_last, self.batch = False, "batch"
        self.ir = 8
        self.kind = TensorProto.FLOAT
        self.metadata = {}

    def weight(self, values, kind=np.float32):
        values = np.asarray(values, dtype=kind)
        name = f"w{len(self.weights)}"
        if self.raw:
            tensor = numpy_helper.from_array(values, name)
        else:
            code = helper.np_dtype_to_tensor_dtype(values.dtype)
            tensor = helper.make_tensor(name, code, values.shape, values.flatten().tolist())
        self.weights.append(tensor)
        return name

    def normal(self, *shape, scale=0.5):
        return self.weight(self.random.normal(0, scale, shape))

    def positive(self, *shape):
        return self.weight(self.random.uniform(0.5, 1.5, shape))

    def ints(self, *values):
        return self.weight(values, np.int64)

    def node(self, operator, *inputs, name=None, outputs=1, result=None, **attributes):
        output = result or f"v{len(self.nodes)}"
        rest = [f"{output}_{n}" for n in range(1, outputs)]
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output, *rest], name=name or f"n{len(self.nodes)}", **attributes)
        )
        self.last = output
        return output

    def on(self, operator, *inputs, **attributes):
        """A node on the last value."""
        return self.node(operator, self.last, *inputs, **attributes)

    def proto(self):
        dims = [self.batch, *self.shape[1:]]
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info("x", self.kind, dims)],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            self.weights,
        )
        opset = [helper.make_opsetid("", self.opset)]
        proto = helper.make_model(graph, opset_imports=opset, ir_version=self.ir, producer_name="lacuna")
        helper.set_model_props(proto, self.metadata)
        return proto

    def save(self, compare=None, reference=None):
        """Writes the model and its vectors.

        `compare` names another value as the expected output, `reference` a newer opset of the same meaning.
        """
        proto = self.proto()
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{self.name}.onnx"
        onnx.save(proto, path)
        images = 1 if self.batch == "batch" else self.batch
        x = self.random.normal(0, 1, [images, *self.shape[1:]]).astype(np.float32)
        if self.kind != TensorProto.FLOAT:
            pixels = self.random.integers(0, 256, x.shape)
            kind = helper.tensor_dtype_to_np_dtype(self.kind)
            x = (pixels - 128 if self.kind == TensorProto.INT8 else pixels).astype(kind)
        # Below opset 14 the reference takes every batch normalisation for one in training.
        proto.opset_import[0].version = max(self.opset, reference or self.opset)
        if compare is not None:
            proto.graph.output[0].name = compare
        y = ReferenceEvaluator(proto).run(None, {"x": x})[0]
        planes = x.transpose(0, 3, 1, 2) if self.channels_last else x
        if self.kind != TensorProto.FLOAT:
            planes = (pixels.transpose(0, 3, 1, 2) if self.channels_last else pixels) / 128 - 1
        planes[:1].astype("<f4").tofile(path.with_suffix(".input"))
        # Of several images the first is followed; what keeps no batch has one image.
        np.asarray(y[:1] if images > 1 else y).astype("<f4").tofile(path.with_suffix(".output"))


def one(name, shape, build, reference=None, **options):
    model = Model(name, shape, **options)
    build(model)
    model.save(reference=reference)


def convolutions():
    def conv(maps, incoming, height, width, bias=True, **attributes):
        def build(m):
            inputs = [m.normal(maps, incoming, height, width)] + ([m.normal(maps)] if bias else [])
            m.on("Conv", *inputs, **attributes)

        return build

    one("conv_plain", [1, 2, 6, 7], conv(3, 2, 3, 2))
    one("conv_no_bias", [1, 2, 6, 7], conv(3, 2, 3, 2, bias=False))
    one("conv_float_data", [1, 2, 6, 7], conv(3, 2, 3, 2), raw=False)
    one("conv_stride_pads", [1, 2, 8, 9], conv(3, 2, 3, 3, strides=[2, 3], pads=[1, 0, 2, 1]))
    one("conv_dilated", [1, 1, 9, 9], conv(2, 1, 3, 3, dilations=[2, 3], pads=[2, 3, 2, 3]))
    one("conv_groups", [1, 4, 5, 5], conv(6, 2, 3, 3, group=2))
    one("conv_depthwise", [1, 4, 5, 5], conv(4, 1, 3, 3, group=4, pads=[1, 1, 1, 1]))
    one("conv_depth_multiplier", [1, 3, 5, 5], conv(6, 1, 3, 3, group=3))
    one("conv_same_upper", [1, 2, 7, 8], conv(2, 2, 4, 3, auto_pad="SAME_UPPER", strides=[2, 2]))
    one("conv_same_lower", [1, 2, 7, 8], conv(2, 2, 4, 3, auto_pad="SAME_LOWER", strides=[2, 3]))
    one("conv_valid", [1, 2, 7, 8], conv(2, 2, 4, 3, auto_pad="VALID"))
    one("conv_opset_7", [1, 2, 7, 8], conv(2, 2, 4, 3), opset=7)


def dense():
    def gemm(m):
        m.on("Flatten")
        m.on("Gemm", m.normal(24, 5), m.normal(5), alpha=0.5, beta=2.0)

    one("gemm", [1, 2, 3, 4], gemm)

    def transposed(m):
        m.on("Flatten")
        m.on("Gemm", m.normal(5, 24), m.normal(5), transB=1)
        m.on("Relu")
        m.on("Gemm", m.normal(3, 5), m.normal(1, 3), transB=1)

    one("gemm_transposed", [1, 2, 3, 4], transposed)

    def matmul(m):
        m.on("Reshape", m.ints(-1, 24))
        m.on("MatMul", m.normal(24, 5))
        m.on("Add", m.normal(5))

    one("matmul_add", [1, 2, 3, 4], matmul)

    def features(m):
        m.on("MatMul", m.normal(10, 6))
        m.on("Add", m.normal(6))
        m.on("Tanh")
        m.on("MatMul", m.normal(6, 2))

    one("features", [1, 10], features)


def pointwise():
    def conv(m, maps=3):
        m.on("Conv", m.normal(maps, 2, 3, 3), m.normal(maps), pads=[1, 1, 1, 1])

    def activation(operator, *bounds, **attributes):
        def build(m):
            conv(m)
            m.on(operator, *[m.weight(b) if b is not None else "" for b in bounds], **attributes)

        return build

    shape = [1, 2, 5, 4]
    one("relu", shape, activation("Relu"))
    one("tanh", shape, activation("Tanh"))
    one("sigmoid", shape, activation("Sigmoid"))
    one("leaky_relu", shape, activation("LeakyRelu", alpha=0.2))
    one("leaky_relu_usual", shape, activation("LeakyRelu"))
    one("prelu_one_slope", shape, activation("PRelu", np.full((3, 1, 1), 0.25)))
    one("prelu_slope_per_map", shape, activation("PRelu", [[[0.25]], [[-0.5]], [[1.5]]]))
    one("hard_sigmoid", shape, activation("HardSigmoid", alpha=0.3, beta=0.4))
    one("clip_6", shape, activation("Clip", 0.0, 0.6))
    one("clip_attributes", shape, activation("Clip", min=0.0, max=0.6), opset=10)
    one("clip_hard_tanh", shape, activation("Clip", -1.0, 1.0))
    one("clip_below", shape, activation("Clip", -0.3))
    one("clip_above", shape, activation("Clip", None, 0.3))
    one("max_zero", shape, activation("Max", 0.0))
    one("min_half", shape, activation("Min", 0.5))

    def normalised(m):
        conv(m)
        m.on("BatchNormalization", m.positive(3), m.normal(3), m.normal(3), m.positive(3), epsilon=1e-3)
        m.on("Relu")

    one("batch_norm", shape, normalised)

    def alone(m):
        m.on("BatchNormalization", m.positive(2), m.normal(2), m.normal(2), m.positive(2))
        m.on("Relu")
        m.on("BatchNormalization", m.positive(2), m.normal(2), m.normal(2), m.positive(2))

    one("batch_norm_alone", shape, alone)
    one("batch_norm_opset_9", shape, alone, opset=9, reference=15)

    def shared(m):
        conv(m)
        before = m.last
        m.on("BatchNormalization", m.positive(3), m.normal(3), m.normal(3), m.positive(3))
        m.on("Relu")
        m.on("Add", before)

    one("batch_norm_shared", shape, shared)

    def constants(m):
        m.on("Sub", m.normal(2, 1, 1))
        m.on("Div", m.positive(1, 2, 1, 1))
        conv(m)
        m.on("Mul", m.normal(3, 1, 1))
        m.node("Sub", m.normal(1), m.last)
        m.on("Add", m.normal(1, 3, 1, 1))
        m.on("Neg")
        conv_of_three = m.normal(2, 3, 3, 3)
        m.on("Conv", conv_of_three, pads=[1, 1, 1, 1])

    one("constants", shape, constants)

    def preprocessed(m):
        m.on("Mul", m.weight(1 / 128))
        m.on("Sub", m.weight(1.0))
        conv(m)

    one("preprocessed", shape, preprocessed)


def pools():
    def pool(operator, **attributes):
        return lambda m: m.on(operator, **attributes)

    def with_opset(name, shape, build, opset):
        one(name, shape, build, opset=opset)

    one("max_pool", [1, 2, 7, 8], pool("MaxPool", kernel_shape=[2, 3], strides=[2, 2]))
    one("max_pool_pads", [1, 2, 7, 8], pool("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]))
    one("max_pool_ceil", [1, 2, 8, 7], pool("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1))
    one("max_pool_dilated", [1, 2, 8, 7], pool("MaxPool", kernel_shape=[3, 2], dilations=[2, 3]))
    one("max_pool_same", [1, 2, 8, 7], pool("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"))
    one("average_pool", [1, 2, 7, 8], pool("AveragePool", kernel_shape=[2, 3], strides=[2, 2]))
    one(
        "average_pool_pads",
        [1, 2, 7, 8],
        pool("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    )
    one("global_average", [1, 3, 4, 5], pool("GlobalAveragePool"))
    one("global_max", [1, 3, 4, 5], pool("GlobalMaxPool"))
    with_opset("reduce_mean_13", [1, 3, 4, 5], pool("ReduceMean", axes=[2, 3], keepdims=0), 13)
    one("reduce_mean_18", [1, 3, 4, 5], lambda m: m.on("ReduceMean", m.ints(-1, -2), keepdims=1), opset=18)
    one("reduce_max", [1, 3, 4, 5], pool("ReduceMax", axes=[2, 3]), opset=13)
    one("reduce_sum_rows", [1, 3, 4, 5], lambda m: m.on("ReduceSum", m.ints(2), keepdims=1))

    def padded(behind):
        def build(m):
            m.on("Relu")
            m.on("Pad", m.ints(0, 0, 1, 2, 0, 0, 1, 0))
            behind(m)

        return build

    one("pad_conv", [1, 2, 5, 5], padded(lambda m: m.on("Conv", m.normal(3, 2, 3, 3), pads=[1, 0, 0, 0])))
    one("pad_max", [1, 2, 5, 5], padded(lambda m: m.on("MaxPool", kernel_shape=[3, 3], strides=[2, 2])))
    one("pad_mean", [1, 2, 5, 5], padded(lambda m: m.on("AveragePool", kernel_shape=[3, 3])))
    one("pad_relu", [1, 2, 5, 5], padded(lambda m: m.on("Tanh")))
    one("pad_alone", [1, 2, 5, 5], lambda m: m.on("Pad", pads=[0, 0, 1, 2, 0, 0, 1, 0]), opset=10)

    def negative(m):
        m.on("Pad", m.ints(0, 0, 1, 1, 0, 0, 1, 1))
        m.on("MaxPool", kernel_shape=[3, 3], strides=[2, 2])

    one("pad_max_of_negative", [1, 2, 5, 5], negative)


def branches():
    def residual(m):
        m.on("Conv", m.normal(4, 2, 3, 3), m.normal(4), pads=[1, 1, 1, 1])
        skip = m.on("Relu")
        m.on("Conv", m.normal(4, 4, 3, 3), m.normal(4), pads=[1, 1, 1, 1])
        m.on("BatchNormalization", m.positive(4), m.normal(4), m.normal(4), m.positive(4))
        m.on("Add", skip)
        m.on("Relu")

    one("residual", [1, 2, 6, 5], residual)

    def fire(m):
        squeezed = m.on("Relu")
        left = m.on("Conv", m.normal(2, 2, 1, 1))
        right = m.node("Conv", squeezed, m.normal(3, 2, 3, 3), pads=[1, 1, 1, 1])
        m.node("Concat", left, right, "x", axis=1)
        m.on("Conv", m.normal(2, 7, 1, 1))

    one("concat", [1, 2, 6, 5], fire)

    def sums(m):
        a = m.on("Conv", m.normal(2, 2, 1, 1))
        b = m.node("Tanh", "x")
        m.node("Sum", a, b, "x")
        m.on("Sub", b)
        m.on("Add", m.last)

    one("sums", [1, 2, 6, 5], sums)


def shapes():
    def arithmetic(m):
        """What PyTorch writes for x.view(x.size(0), -1) with a dynamic batch."""
        m.on("Conv", m.normal(3, 1, 3, 3))
        value = m.last
        shape = m.node("Shape", value)
        first = m.node("Gather", shape, m.weight(0, np.int64), axis=0)
        first = m.node("Unsqueeze", first, m.ints(0))
        rest = m.node("Constant", value=numpy_helper.from_array(np.array([-1], np.int64)))
        target = m.node("Concat", first, rest, axis=0)
        m.node("Reshape", value, target)
        m.on("Gemm", m.normal(4, 27), m.normal(4), transB=1)

    one("shape_arithmetic", [1, 1, 5, 5], arithmetic)

    def sizes(m):
        """Slice, Cast, Mul and Div on shapes, as older exporters write them."""
        shape = m.on("Shape")
        sides = m.node("Slice", shape, m.ints(1), m.ints(4), m.ints(0))
        sides = m.node("Cast", sides, to=TensorProto.FLOAT)
        sides = m.node("Mul", sides, m.weight([1.0, 1.0, 2.0]))
        sides = m.node("Cast", sides, to=TensorProto.INT64)
        sides = m.node("Div", sides, m.ints(1, 1, 2))
        product = m.node("ReduceProd", sides, keepdims=1)
        target = m.node("Concat", m.ints(1), product, axis=0)
        m.node("Reshape", "x", target)
        m.on("MatMul", m.normal(24, 3))

    one("shape_sizes", [1, 2, 3, 4], sizes)

    def turned(m):
        """What PyTorch's TorchScript exporter writes for F.pad: pairs in a table, turned round."""
        zeros = m.node("ConstantOfShape", m.ints(4), value=numpy_helper.from_array(np.array([0], np.int64)))
        pads = m.node("Concat", m.ints(1, 0, 0, 2), zeros, axis=0)
        pads = m.node("Reshape", pads, m.ints(-1, 2))
        pads = m.node("Slice", pads, m.ints(-1), m.ints(-(2**63) + 1), m.ints(0), m.ints(-1))
        pads = m.node("Transpose", pads, perm=[1, 0])
        pads = m.node("Reshape", pads, m.ints(-1))
        m.node("Pad", "x", m.node("Cast", pads, to=TensorProto.INT64), m.weight(0.0))
        m.on("Conv", m.normal(2, 2, 3, 3))

    one("pad_turned", [1, 2, 5, 6], turned)

    def squeezed(m):
        m.on("GlobalAveragePool")
        m.on("Squeeze", m.ints(2, 3))
        m.on("Unsqueeze", m.ints(2))
        m.on("Squeeze", m.ints(-1))
        m.on("Identity")
        m.on("Dropout", outputs=2)
        m.on("Gemm", m.normal(3, 2), m.normal(2))

    one("squeezed", [1, 3, 4, 4], squeezed)

    def weights(m):
        """Weights that are themselves transposed and scaled."""
        w = m.node("Transpose", m.normal(5, 24), perm=[1, 0])
        w = m.node("Mul", w, m.weight([0.5]))
        m.node("Flatten", "x")
        m.on("MatMul", w)

    one("constant_weights", [1, 2, 3, 4], weights)

    def fixed_batch(m):
        m.on("Conv", m.normal(3, 1, 3, 3))
        m.on("Reshape", m.ints(4, 27))
        m.on("Gemm", m.normal(27, 2), m.normal(2))

    fixed = Model("fixed_batch", [4, 1, 5, 5])
    fixed.batch = 4
    fixed_batch(fixed)
    fixed.save()

    def features_as_image(m):
        m.on("Reshape", m.ints(-1, 1, 6, 5))
        m.on("Conv", m.normal(2, 1, 3, 3), pads=[1, 1, 1, 1])

    one("features_as_image", [1, 30], features_as_image)


def networks():
    pytorch = Model("pytorch_lenet", [1, 1, 16, 16], opset=17)
    m = pytorch
    m.on("Conv", m.normal(4, 1, 5, 5), m.normal(4), name="/features/features.0/Conv")
    m.on("Relu", name="/features/features.1/Relu")
    m.on("MaxPool", name="/features/features.2/MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    m.on("Conv", m.normal(6, 4, 3, 3), m.normal(6), name="/features/features.3/Conv")
    m.on("Relu", name="/features/features.4/Relu")
    m.on("MaxPool", name="/features/features.5/MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    m.on("Flatten", name="/Flatten")
    m.on("Gemm", m.normal(8, 24, scale=0.2), m.normal(8), name="/classifier/classifier.0/Gemm", transB=1)
    m.on("Relu", name="/classifier/classifier.1/Relu")
    logits = m.on("Gemm", m.normal(5, 8), m.normal(5), name="/classifier/classifier.2/Gemm", transB=1)
    m.on("Softmax", name="/Softmax", axis=1)
    m.save(compare=logits)

    keras = Model("keras_lenet", [1, 14, 12, 2], opset=15)
    m = keras
    m.channels_last = True
    base = "StatefulPartitionedCall/sequential"
    m.on("Transpose", name=f"{base}/conv2d/Conv2D__6", perm=[0, 3, 1, 2])
    m.on("Conv", m.normal(4, 2, 3, 3), m.normal(4), name=f"{base}/conv2d/Conv2D", auto_pad="SAME_UPPER", strides=[2, 2])
    m.on("Relu", name=f"{base}/conv2d/Relu")
    m.on("Transpose", name=f"{base}/conv2d/Relu__7", perm=[0, 2, 3, 1])
    m.on("Mul", m.positive(4), name=f"{base}/bn/mul")
    m.on("Add", m.normal(1, 1, 1, 4), name=f"{base}/bn/add")
    m.on("Pad", m.ints(0, 1, 0, 0, 0, 0, 1, 0), name=f"{base}/zero_padding2d/Pad")
    m.on("Transpose", name="back", perm=[0, 3, 1, 2])
    m.on("MaxPool", name=f"{base}/max_pooling2d/MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    m.on("Transpose", name="again", perm=[0, 2, 3, 1])
    m.on("Reshape", m.ints(-1, 48), name=f"{base}/flatten/Reshape")
    m.on("MatMul", m.normal(48, 6, scale=0.2), name=f"{base}/dense/MatMul")
    m.on("Add", m.normal(6), name=f"{base}/dense/BiasAdd")
    m.on("Sigmoid", name=f"{base}/dense/Sigmoid")
    m.on("MatMul", m.normal(6, 3), name=f"{base}/dense_1/MatMul")
    logits = m.on("Add", m.normal(3), name=f"{base}/dense_1/BiasAdd")
    m.on("Softmax", name=f"{base}/dense_1/Softmax")
    m.on("ArgMax", name="argmax", axis=1, keepdims=0)
    m.save(compare=logits)

    pixels = Model("keras_pixelwise", [1, 6, 5, 3], opset=15)
    m = pixels
    m.channels_last = True
    m.on("MatMul", m.normal(3, 4), name="dense/MatMul")
    m.on("Add", m.normal(4), name="dense/BiasAdd")
    m.on("Tanh", name="dense/Tanh")
    m.on("ReduceMean", name="mean", axes=[1, 2], keepdims=0)
    m.on("MatMul", m.normal(4, 2), name="dense_1/MatMul")
    m.save()

    mobile = Model("mobile_block", [1, 3, 9, 9], opset=13)
    m = mobile
    m.on("Conv", m.normal(4, 3, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    m.on("BatchNormalization", m.positive(4), m.normal(4), m.normal(4), m.positive(4))
    skip = m.on("Clip", m.weight(0.0), m.weight(6.0))
    m.on("Conv", m.normal(4, 1, 3, 3), pads=[1, 1, 1, 1], group=4)
    m.on("BatchNormalization", m.positive(4), m.normal(4), m.normal(4), m.positive(4))
    m.on("Clip", m.weight(0.0), m.weight(6.0))
    m.on("Conv", m.normal(4, 4, 1, 1))
    m.on("BatchNormalization", m.positive(4), m.normal(4), m.normal(4), m.positive(4))
    m.on("Add", skip)
    m.on("GlobalAveragePool")
    m.on("Flatten")
    m.on("Gemm", m.normal(3, 4), m.normal(3), transB=1)
    m.on("LogSoftmax", axis=1)
    m.save(compare=m.nodes[-2].output[0], reference=15)

    for name, kind in [("half_weights", np.float16), ("double_weights", np.float64)]:
        # The reference computes in float32 with the rounded weights.
        m = Model(name, [1, 2, 6, 5], opset=17, raw=kind is np.float64)
        w = m.weight(m.random.normal(0, 0.5, (3, 2, 3, 3)), kind)
        b = m.weight(m.random.normal(0, 0.5, 3), kind)
        w, b = (m.node("Cast", v, to=TensorProto.FLOAT) for v in (w, b))
        m.node("Conv", "x", w, b)
        m.save()

    for name, kind in [("pixels", TensorProto.UINT8), ("pixels_signed", TensorProto.INT8)]:
        m = Model(name, [1, 6, 5, 3], opset=13)
        m.kind, m.channels_last = kind, True
        m.on("Transpose", perm=[0, 3, 1, 2])
        m.on("Cast", to=TensorProto.FLOAT)
        m.on("Div", m.weight(255.0))
        m.on("Sub", m.weight([[[0.4]], [[0.5]], [[0.6]]]))
        m.on("Conv", m.normal(4, 3, 3, 3), m.normal(4))
        m.save()

    m = Model("pixels_padded", [1, 3, 6, 5], opset=13)
    m.kind = TensorProto.INT32
    m.on("Cast", to=TensorProto.FLOAT)
    m.on("Conv", m.normal(4, 3, 3, 3), m.normal(4), pads=[1, 1, 1, 1])
    m.save()

    external = Model("external_data", [1, 2, 6, 5])
    m = external
    m.on("Conv", m.normal(3, 2, 3, 3), m.normal(3))
    m.save()
    proto = onnx.load(FOLDER / "external_data.onnx")
    # What is there already would be kept, and the new data written behind it.
    (FOLDER / "external_data.bin").unlink(missing_ok=True)
    onnx.save(
        proto,
        FOLDER / "external_data.onnx",
        save_as_external_data=True,
        location="external_data.bin",
        size_threshold=0,
    )


def preprocessing():
    """Models whose constants or metadata tell how pixels become their input."""

    def begun(*first):
        def build(m):
            for operator, values in first:
                m.on(operator, m.weight(values))
            m.on("Conv", m.normal(2, m.shape[1], 3, 3), m.normal(2), pads=[1, 1, 1, 1])

        return build

    one("range_bytes", [1, 1, 5, 6], begun(("Mul", 1 / 255)))
    one("range_bytes_less_mean", [1, 3, 5, 6], begun(("Sub", [[[104.0]], [[117.0]], [[124.0]]])))
    one("range_unit", [1, 1, 5, 6], begun(("Sub", 0.1307), ("Div", 0.3081)))
    one("range_signed", [1, 1, 5, 6], begun(("Add", 1.0), ("Mul", 127.5)))
    one("range_unclear", [1, 1, 5, 6], begun(("Add", 0.3)))
    m = Model("range_metadata", [1, 3, 5, 6])
    m.metadata = {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "Normalized_1_1"}
    begun()(m)
    m.save()


def errors():
    """Models that the binary refuses, one in each folder."""
    folder = FOLDER.parents[2] / "cli" / "tests" / "errors"

    def case(name, build, shape=(1, 2, 6, 6), change=None, **options):
        m = Model(name, shape, **options)
        build(m)
        proto = m.proto()
        if change:
            change(proto)
        path = folder / f"import-{name}" / "model.onnx"
        path.parent.mkdir(exist_ok=True)
        onnx.save(proto, path)

    def conv(m):
        m.on("Conv", m.normal(3, 2, 3, 3), name="first")

    def then(operator, **attributes):
        def build(m):
            conv(m)
            m.on(operator, name="second", **attributes)

        return build

    def axis_twice(m):
        m.node("Slice", m.ints(1, 2, 3), m.ints(0, 0), m.ints(2, 2), m.ints(0, -1), name="first", result="a")
        m.node("Add", "x", "a", name="second")

    def cycle(m):
        m.node("Add", "x", "b", name="first", result="a")
        m.node("Relu", "a", name="second", result="b")

    case("cycle", cycle)
    case("slice-axis-twice", axis_twice)
    case("tensor-missing", conv, change=lambda proto: proto.graph.initializer.pop())
    case("tensor-too-short", conv, change=lambda proto: proto.graph.initializer[0].dims.__setitem__(0, 10**8))
    case("tensor-of-strings", conv, change=lambda proto: setattr(proto.graph.initializer[0], "data_type", 8))
    case("name-twice", conv, change=lambda proto: proto.graph.node.append(proto.graph.node[0]))
    case("truncated", conv)
    case("operator-unknown", then("Gelu"), opset=20)
    case("operator-misspelt", then("Rellu"))
    case("lrn", then("LRN", size=5))
    case("transposed-convolution", lambda m: m.on("ConvTranspose", m.normal(2, 3, 3, 3), name="first"))
    case("opset-old", conv, opset=6)
    case("average-of-padding", then("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
    case("softmax-inside", lambda m: (m.on("Softmax", axis=1, name="first"), m.on("Relu", name="second")))
    case("product-of-two", lambda m: m.node("Mul", "x", m.node("Sigmoid", "x"), name="second"))
    case("slope-per-pixel", lambda m: m.on("PRelu", m.normal(2, 6, 6), name="first"))
    case("channel-shuffle", lambda m: m.on("Reshape", m.ints(1, 2, 3, 2, 6), name="first"))
    case("one-dimensional", lambda m: m.on("Conv", m.normal(2, 2, 3), name="first"), shape=(1, 2, 6))
    case("shape-open", conv, shape=(1, 2, "height", "width"))
    case("shape-differs", conv)
    case("maps-huge", lambda m: m.on("Relu"), shape=(1, 100000, 6, 6))
    case("external-missing", conv, change=lambda proto: outside(proto, "weights.bin"))
    case("external-outside", conv, change=lambda proto: outside(proto, "../weights.bin"))
    case("external-absolute", conv, change=lambda proto: outside(proto, "/etc/hostname"))
    case("two-outputs", conv, change=second_output)
    case("output-not-empty", conv)
    case("output-missing", conv)
    case("shape-no-numbers", conv)


def second_output(proto):
    proto.graph.node.append(helper.make_node("Relu", ["x"], ["other"], name="second"))
    proto.graph.output.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, None))


def outside(proto, file):
    """Says that the first weights lie in another file."""
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=file)


def main():
    for family in [convolutions, dense, pointwise, pools, branches, shapes, networks, preprocessing, errors]:
        family()
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.glob('*.onnx')))} models, {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
