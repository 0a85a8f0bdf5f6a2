"""Where people put each of the 68 points, measured with a model that has only seen their labels on photographs.

    flm synth --seed 10000 --count 600 --out FACES
    python -m flm.synth.calibrate RUN FACES

looks at the generated faces with the run's model, moves each point of the mean head by the median difference, keeps
both sides alike, and writes ibug68.json anew. What it changes is seen by every later picture: raise VERSION with it.
The brows stay: their points follow the brows as these are drawn.
"""

import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from flm import paths
from flm.data import generated
from flm.markup import IBUG68
from flm.predict import Predictor
from flm.synth.landmarks import attach
from flm.synth.surface import ibug68, surface

_JAW, _BROWS = range(17), range(17, 27)
_FRONTAL = np.radians(15)  # yaw and pitch up to which a face counts


def differences(predictor: Predictor, folder: Path) -> np.ndarray:
    """Where the model puts points, less where the labels are: (faces, 68, 2) in dm of the mean head, x right, y up."""
    found = []
    for sample in tqdm(generated.read(folder, "all"), unit="faces"):
        stance, truth = sample.attributes["stance"], sample.landmarks
        if max(abs(stance["yaw"]), abs(stance["pitch"])) < _FRONTAL:
            predicted = predictor.in_boxes([sample.read()], [sample.box])[0]
            found.append(_on_the_head(predicted - truth, truth))
    return np.stack(found)


def _on_the_head(difference: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Differences (68, 2) in pixels, turned upright and scaled from the face's inter-ocular distance to the mean's."""
    across = truth[45] - truth[36]
    size = np.linalg.norm(ibug68()[45] - ibug68()[36]) / np.linalg.norm(across)
    right = across / np.linalg.norm(across)
    up = np.array([right[1], -right[0]])
    return size * difference @ np.stack([right, up], 1)


def moved(points: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Points (68, 3) of the mean head moved by (68, 2), both sides alike, and laid back onto the skin."""
    wanted = points.copy()
    wanted[:, :2] += (by + by[IBUG68.flip] * [-1, 1]) / 2
    front = surface().mean[surface().face & ~surface().inside]
    for i, point in enumerate(wanted):
        if i in _JAW:
            point[2] = _depth_along(points[_JAW], point[:2])
        near = front[np.linalg.norm(front[:, :2] - point[:2], axis=1).argsort()[:12]]
        point[2] = near[np.abs(near[:, 2] - point[2]).argmin(), 2]
    return attach(wanted) @ surface().mean


def _depth_along(line: np.ndarray, place: np.ndarray) -> float:
    """The z of the nearest place (2,) on a line (n, 3) through points, as seen from the front."""
    fine = np.stack([np.interp(np.linspace(0, len(line) - 1, 500), np.arange(len(line)), axis) for axis in line.T], 1)
    return float(fine[np.linalg.norm(fine[:, :2] - place, axis=1).argmin(), 2])


def main() -> None:
    """Calibrate with the run folder and the generated faces that the command line names."""
    found = differences(Predictor.load(Path(sys.argv[1])), Path(sys.argv[2]))
    by = np.median(found, axis=0)
    scale = 100 / np.linalg.norm(ibug68()[45] - ibug68()[36])
    print(f"{len(found)} frontal faces: NME {scale * np.linalg.norm(found, axis=2).mean():.2f} %,")
    print(f"of which one shift a point explains {scale * np.linalg.norm(by, axis=1).mean():.2f} %")
    by[_BROWS] = 0
    paths.write_json(Path(__file__).with_name("ibug68.json"), moved(ibug68(), by).round(4).tolist())


if __name__ == "__main__":
    main()
