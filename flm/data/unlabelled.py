"""Faces without labels: whatever a detector finds in pictures."""

import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from flm import detect, markup, paths
from flm.data import cache, catalog, folder
from flm.data.image import read_image
from flm.data.sample import Sample
from flm.errors import InputError


def load(spec: str, name: str = "ibug68") -> list[Sample]:
    """The surest face of each picture of `spec`, as SET/SPLIT, with landmarks of markup `name` that are all NaN.

    A folder of pictures under FLM_DATA, with labels or without, is a set too, FOLDER/all. If a set has labels, they
    play no part here: boxes are the detector's, and a picture in which it finds nothing is left out.
    Raises InputError for an unknown set or split, a picture that cannot be read, and where there is no face at all.
    """
    pictures = _pictures(spec)
    key = paths.digest([detect.VERSION, *(part for picture in pictures for part in cache.picture_identity(*picture))])
    path = paths.cache_dir() / f"boxes-{key}.json"
    if not path.exists():
        paths.write_json(path, [_box(*picture) for picture in tqdm(pictures, "detecting", disable=None)])
    boxes = json.loads(path.read_text())
    if not any(boxes):
        raise InputError(f"{spec}: no face found in {len(pictures)} pictures; expected faces of 40 pixels or more")
    source, _, split = spec.partition("/")
    unknown = np.full((markup.get(name).n, 2), np.nan, np.float32)
    return [
        Sample(image, unknown, name, f"{image.name} {frame or 0}", source, split, np.array(box, np.float32), frame)
        for (image, frame), box in zip(pictures, boxes, strict=True)
        if box
    ]


def _pictures(spec: str) -> list[tuple[Path, int | None]]:
    name, _, split = spec.partition("/")
    if catalog.is_own_folder(name):
        return [(path, None) for path in folder.pictures(paths.data_dir() / name, split)]
    return list(dict.fromkeys((sample.image, sample.frame) for sample in catalog.load(name, split)))


def _box(image: Path, frame: int | None) -> list[float] | None:
    faces = detect.detect(read_image(image, frame))
    return faces[0].box.tolist() if faces else None
