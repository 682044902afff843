#!/usr/bin/python3
"""plot.py CSV PICTURE: draws the rows of `jitgemm bench --csv CSV`: time over M, one panel for each shape, with
ours, the peers and the floors as lines. PICTURE is a .svg, .png or .pdf. Needs matplotlib (Debian: python3-matplotlib)."""

import collections
import csv
import math
import sys

import matplotlib

matplotlib.use("Agg")  # draws into files and needs no display
from matplotlib import pyplot

# Column of the CSV, name in the legend, style.
LINES = [("us", "ours", "C0o-"), ("pdl_us", "ours, PDL", "C0o--"),
         ("cublaslt_us", "cuBLASLt", "C1s-"), ("best_us", "fastest peer of the anchors", "C2D-"),
         ("floor_us", "floor", "C7.-"), ("pdl_floor_us", "floor, PDL", "C7.--")]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    shapes = collections.defaultdict(list)
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            shapes[int(row["n"]), int(row["k"])].append(row)
    columns = min(3, max(1, len(shapes)))
    rows = max(1, math.ceil(len(shapes) / columns))
    figure, grid = pyplot.subplots(rows, columns, squeeze=False, figsize=(5 * columns, 3.6 * rows), layout="constrained")
    for axes, ((n, k), points) in zip(grid.flat, shapes.items()):
        for column, name, style in LINES:
            line = sorted((int(row["m"]), float(row[column])) for row in points if row[column])
            if line:
                axes.loglog(*zip(*line), style, base=2, label=name, markersize=4)
        axes.set(title=f"n = {n}, k = {k}", xlabel="M", ylabel="us")
        axes.legend(fontsize="small")
    for axes in grid.flat[len(shapes):]:
        axes.remove()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
