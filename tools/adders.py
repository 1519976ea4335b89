#!/usr/bin/env python3
"""What docs/adders.md is made with, besides `cargo bench -p lacuna-adder-graph`.

  tools/adders.py matrices DIR [--seed N] [--shapes 25x4 ...] [--kinds t dy u4 ...]
      random matrices of the kinds that the table has
  tools/adders.py da4ml DIR > da4ml.json
      da4ml's adders, depth and seconds on one thread (pip install da4ml==0.6.0)
  tools/adders.py cells CORES [--yosys yosys]
      ECP5 cells after Yosys of what `lacuna adders -o CORES` wrote, beside the estimate

A matrix is {"name", "n_in", "n_out", "kind", "input": {"signed", "bits"}, "data": [n_in][n_out]}.
"""
import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import time

SHAPES = ["25x4", "16x16", "36x8", "144x16", "64x64"]
KINDS = ["t", "dy", "u3", "u4", "u6", "u8", "l4", "l6", "l8"]


def entries(kind, count, source):
    """t: ternary; dy: 0, +-1, +-2, +-4; uN: uniform of N bits; lN: Laplace, as trained weights are, scaled to N bits."""
    if kind in ("t", "dy"):
        magnitudes = [1] if kind == "t" else [1, 2, 4]
        draw = lambda: 0 if source.random() < 0.4 else source.choice(magnitudes) * source.choice([-1, 1])
        return [draw() for _ in range(count)]
    bits = int(kind[1:])
    if kind[0] == "u":
        return [source.randrange(-1 << bits - 1, 1 << bits - 1) for _ in range(count)]
    values = [source.expovariate(1) * source.choice([-1, 1]) for _ in range(count)]
    scale = ((1 << bits - 1) - 1) / max(map(abs, values))
    return [round(value * scale) for value in values]


def matrices(options):
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for shape in options.shapes:
        rows, columns = map(int, shape.split("x"))
        for kind in options.kinds:
            name = f"m{shape}_{kind}"
            values = entries(kind, rows * columns, random.Random(f"{options.seed} {name}"))
            data = [values[i * columns:(i + 1) * columns] for i in range(rows)]
            document = {"name": name, "n_in": rows, "n_out": columns, "kind": kind,
                        "input": {"signed": True, "bits": 8}, "data": data}
            (folder / f"{name}.json").write_text(json.dumps(document) + "\n")


def da4ml(options):
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import numpy
    from da4ml.cmvm import solve

    luts = {"adder_size": 1, "carry_size": -1}
    settings = {"count": {}, "lut_fast": {**luts, "search_all_decompose_dc": False}, "min_depth": {**luts, "hard_dc": 0}}
    rows = []
    for path in sorted(pathlib.Path(options.folder).glob("*.json")):
        document = json.loads(path.read_text())
        matrix = numpy.array(document["data"], dtype=numpy.float32)
        row = {"name": document["name"]}
        for setting, arguments in settings.items():
            start = time.perf_counter()
            solution = solve(matrix, **arguments)
            seconds = round(time.perf_counter() - start, 4)
            assert numpy.array_equal(solution.kernel, matrix), path
            adders, depth = size(solution)
            row[setting] = {"adders": adders, "depth": depth, "seconds": seconds}
        rows.append(row)
    json.dump(rows, sys.stdout, indent=1)
    print()


def size(solution):
    """Adders and depth of da4ml's pipeline of straight-line programs."""
    adders, before = 0, None
    for stage in solution.solutions:
        depths = []
        for op in stage.ops:
            if op.opcode == -1:
                depths.append(before[op.id0] if before is not None else 0)
            else:
                adders += 1
                depths.append(1 + max(depths[op.id0], depths[op.id1]))
        before = [depths[i] if i >= 0 else 0 for i in stage.out_idxs]
    return adders, max(before)


def cells(options):
    folder = pathlib.Path(options.folder)
    # The working directory will be another.
    yosys = os.path.abspath(options.yosys) if "/" in options.yosys else options.yosys
    ratios = []
    for core in json.loads((folder / "manifest.json").read_text())["matrices"]:
        name = core["name"]
        script = (f"read_verilog rtl/lacuna_*.v rtl/{name}.v; synth_ecp5 -nodsp -nobram -noflatten -top {name}; "
                  "setattr -mod -unset keep_hierarchy *; flatten; tee -q -o {0} stat -json".format(f"{name}.stat"))
        subprocess.run([yosys, "-q", "-p", script], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        file = folder / f"{name}.stat"
        text = file.read_text()
        file.unlink()
        counts = json.loads(text[text.index("{"):])["design"]["num_cells_by_type"]
        total = counts.get("LUT4", 0) + 2 * counts.get("CCU2C", 0)
        ratios.append(core["lut_estimate"] / total if total else 1.0)
        print(f"{name:24} {core['adders']:6} adders  {total:6} cells  estimate {core['lut_estimate']:6}", flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"estimate / cells: geometric mean {mean:.4f}, {min(ratios):.4f} to {max(ratios):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for command in (matrices, da4ml, cells):
        own = commands.add_parser(command.__name__)
        own.add_argument("folder")
        own.set_defaults(command=command)
        if command is matrices:
            own.add_argument("--seed", type=int, default=1)
            own.add_argument("--shapes", nargs="+", default=SHAPES)
            own.add_argument("--kinds", nargs="+", default=KINDS)
        if command is cells:
            own.add_argument("--yosys", default="yosys")
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
