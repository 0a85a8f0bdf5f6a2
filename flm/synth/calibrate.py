"""Where people put each of the 68 points, measured with a model that has only seen their labels on photographs.

    python -m flm.synth.calibrate RUN

looks at generated faces with the run's model, moves each point of the mean head by the median difference, keeps
both sides alike, and writes ibug68.json anew. What it changes is seen by every later picture: raise VERSION with it.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from flm import paths
from flm.data.sample import landmark_box
from flm.markup import IBUG68
from flm.predict import Predictor
from flm.synth.generator import Generator
from flm.synth.surface import ibug68, surface

_COUNT, _SEED = 400, 10_000  # faces, of a seed that no data set uses
_FRONTAL = 0.25  # radians of yaw and pitch up to which a face counts


def differences(predictor: Predictor, count: int = _COUNT) -> np.ndarray:
    """Where the model puts points, less where the labels are: (faces, 68, 2) in dm of the mean head, x right, y up."""
    generator = Generator(256, _SEED)
    found = []
    for index in tqdm(range(count), unit="faces"):
        example = generator.example(index)
        if max(abs(example.stance.yaw), abs(example.stance.pitch)) > _FRONTAL:
            continue
        truth = np.concatenate([example.contour, example.dense[17:68]])
        predicted = predictor.in_boxes([example.image], [landmark_box(truth)])[0]
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
    both = (by + by[IBUG68.flip] * [-1, 1]) / 2
    wanted = points + np.pad(both, ((0, 0), (0, 1)))
    front = surface().mean[surface().face & ~surface().inside]
    # Slide along the skin: of the vertices in front, the depth of those nearest in x and y.
    near = np.argsort(np.linalg.norm(front[None, :, :2] - wanted[:, None, :2], axis=2), axis=1)[:, :12]
    depth = np.take_along_axis(np.broadcast_to(front[:, 2], (len(points), len(front))), near, 1)
    closest = np.abs(depth - points[:, 2:]).argmin(1)
    wanted[:, 2] = depth[np.arange(len(points)), closest]
    return wanted


def main() -> None:
    """Calibrate with the run folder that the command line names."""
    found = differences(Predictor.from_folder(Path(sys.argv[1])))
    by = np.median(found, axis=0)
    scale = 100 / np.linalg.norm(ibug68()[45] - ibug68()[36])
    print(f"{len(found)} frontal faces: NME {scale * np.linalg.norm(found, axis=2).mean():.2f} %,")
    print(f"of which one shift a point explains {scale * np.linalg.norm(by, axis=1).mean():.2f} %")
    with paths.atomic_path(Path(__file__).with_name("ibug68.json")) as temporary:
        temporary.write_text(json.dumps(moved(ibug68(), by).round(4).tolist()) + "\n")


if __name__ == "__main__":
    main()
