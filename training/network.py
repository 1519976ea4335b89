"""The Convolutional Face Finder: its 951 parameters and what it computes.

`forward` is written once, for JAX (training on windows) and for numpy (scanning whole images). A 2x2 sum of
a convolution is a convolution of stride 2 with a kernel one larger, so each convolution and the pooling after
it are computed together, as one product of patches and kernels.
"""

import numpy as np
from safetensors.numpy import load_file, save_file

WINDOW_WIDTH, WINDOW_HEIGHT = 32, 36
STRIDE = 4  # input pixels per position of the score map

SHAPES = {
    "C1.kernels": (4, 5, 5), "C1.bias": (4,),
    "S1.coefficient": (4,), "S1.bias": (4,),
    "C2.kernels": (20, 3, 3), "C2.bias": (14,),
    "S2.coefficient": (14,), "S2.bias": (14,),
    "N1.kernels": (14, 7, 6), "N1.bias": (14,),
    "N2.kernels": (14, 1, 1), "N2.bias": (1,),
}
KERNELS = [name for name in SHAPES if name.endswith("kernels")]

# The maps of S1 that each map of C2 looks at; C2.kernels holds one kernel per entry, in this order.
C2_INPUTS = [(0,), (0,), (1,), (1,), (2,), (2,), (3,), (3,), (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def _c2_wiring():
    """[20, 4, 14]: 1 where kernel k leads from map m of S1 to map o of C2."""
    links = [(source, target) for target, sources in enumerate(C2_INPUTS) for source in sources]
    wiring = np.zeros((len(links), 4, 14), np.float32)
    for kernel, (source, target) in enumerate(links):
        wiring[kernel, source, target] = 1
    return wiring


C2_WIRING = _c2_wiring()


def initial_parameters(rng):
    """Small random kernels, coefficients of a mean over 2x2, biases of nought."""
    fan_in = {"C1.kernels": 25, "C2.kernels": 13, "N1.kernels": 42, "N2.kernels": 14}
    parameters = {}
    for name, shape in SHAPES.items():
        if name in fan_in:
            parameters[name] = rng.normal(0, 1.5 / np.sqrt(fan_in[name]), shape).astype(np.float32)
        else:
            parameters[name] = np.full(shape, 0.25 if "coefficient" in name else 0, np.float32)
    assert sum(value.size for value in parameters.values()) == 951
    return parameters


def _summed(kernels, xp):
    """Kernels that compute the 2x2 sum of what the given ones compute."""
    pad = lambda top, left: xp.pad(kernels, ((0, 0), (top, 1 - top), (left, 1 - left)))
    return pad(0, 0) + pad(0, 1) + pad(1, 0) + pad(1, 1)


def _patches(maps, size, xp):
    """[c, n, y, x] -> [size * size * c, n, y', x']: every second size x size patch."""
    rows, columns = (maps.shape[2] - size) // 2 + 1, (maps.shape[3] - size) // 2 + 1
    return xp.concatenate([maps[:, :, i:i + 2 * rows - 1:2, j:j + 2 * columns - 1:2]
                           for i in range(size) for j in range(size)])


def _product(kernels, patches):
    """[maps, taps] times [taps, n, y, x]."""
    return (kernels @ patches.reshape(len(patches), -1)).reshape(-1, *patches.shape[1:])


def _per_map(values):
    """[c] -> [c, 1, 1, 1]."""
    return values[:, None, None, None]


def forward(parameters, pixels, xp=np, activate=None):
    """Scores [n, rows, columns] of 8-bit images [n, height, width], one per window of 32x36 every 4 pixels.

    `activate(layer, sums)` stands for tanh wherever the sums of layer S1, S2, N1 or N2 become activations.
    """
    p = parameters
    activate = activate or (lambda layer, sums: xp.tanh(sums))
    x = ((pixels.astype(xp.float32) - 128) / 128)[None]

    c1 = _summed(p["C1.kernels"], xp).reshape(4, 36)
    s1 = _product(c1, _patches(x, 6, xp)) + _per_map(4 * p["C1.bias"])
    s1 = activate("S1", s1 * _per_map(p["S1.coefficient"]) + _per_map(p["S1.bias"]))

    c2 = xp.einsum("kij,kmo->oijm", _summed(p["C2.kernels"], xp), C2_WIRING).reshape(14, 64)
    s2 = _product(c2, _patches(s1, 4, xp)) + _per_map(4 * p["C2.bias"])
    s2 = activate("S2", s2 * _per_map(p["S2.coefficient"]) + _per_map(p["S2.bias"]))

    rows, columns = s2.shape[2] - 6, s2.shape[3] - 5
    n1 = sum(s2[:, :, i:i + rows, j:j + columns] * _per_map(p["N1.kernels"][:, i, j])
             for i in range(7) for j in range(6))
    n1 = activate("N1", n1 + _per_map(p["N1.bias"]))
    return activate("N2", _product(p["N2.kernels"].reshape(1, 14), n1) + p["N2.bias"])[0]


def quantised(parameters):
    """Every 2-D kernel replaced by the nearest scale * k/8, |k| <= 16, over a fine grid of scales."""
    def nearest(kernel):
        """The best of 400 scales for one kernel."""
        candidates = []
        for scale in np.abs(kernel).max() / 2 * np.geomspace(0.5, 8, 400):
            rounded = scale * np.clip(np.round(8 * kernel / scale), -16, 16) / 8
            candidates.append((float(((kernel - rounded) ** 2).sum()), rounded))
        return min(candidates, key=lambda candidate: candidate[0])[1].astype(np.float32)

    kernels = {name: np.stack([nearest(kernel) for kernel in parameters[name]]) for name in KERNELS[:3]}
    return {**parameters, **kernels}


def coarse_tanh(layer, sums):
    """tanh in 8 bits, 7 of them after the point."""
    return np.clip(np.round(128 * np.tanh(sums)), -128, 127) / 128


def load(path):
    """The parameters of a file, checked."""
    parameters = load_file(path)
    assert {name: value.shape for name, value in parameters.items()} == SHAPES
    return parameters


def save(parameters, path):
    """Write the 951 parameters as f32."""
    tensors = {name: np.ascontiguousarray(parameters[name], np.float32) for name in SHAPES}
    assert sum(value.size for value in tensors.values()) == 951
    save_file(tensors, path)
