"""Every figure's drawing."""

from flm.plots.curves import (
    ced,
    differences,
    histograms,
    learning_curves,
    parts,
    share_curves,
    spectra,
    training_curves,
)
from flm.plots.dense import costs, features, map_sizes, point_errors, reliability, spreads_on_faces
from flm.plots.faces import batch, dense_points, errors_on_faces, face_crop, grid, labels_in_colour
from flm.plots.grids import data_curves, heads, heat_maps, interaction, pareto
from flm.plots.lessons import (
    box_errors,
    ced_explained,
    forgotten_swap,
    narrowing,
    normalisers,
    one_pixel,
    paired_and_unpaired,
)
from flm.plots.look import style
from flm.plots.shapes import moved_shapes, point_map, spread, two_shapes
from flm.plots.video import jitter_against_lag, over_time

__all__ = [
    "batch",
    "box_errors",
    "ced",
    "ced_explained",
    "costs",
    "data_curves",
    "dense_points",
    "differences",
    "errors_on_faces",
    "face_crop",
    "features",
    "forgotten_swap",
    "grid",
    "heads",
    "heat_maps",
    "histograms",
    "interaction",
    "jitter_against_lag",
    "labels_in_colour",
    "learning_curves",
    "map_sizes",
    "moved_shapes",
    "narrowing",
    "normalisers",
    "one_pixel",
    "over_time",
    "paired_and_unpaired",
    "pareto",
    "parts",
    "point_errors",
    "point_map",
    "reliability",
    "share_curves",
    "spectra",
    "spread",
    "spreads_on_faces",
    "style",
    "training_curves",
    "two_shapes",
]
