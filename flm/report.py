"""Where a notebook's figures and numbers go, so that the report can find each of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from IPython.display import Image
from matplotlib.figure import Figure

from flm import metrics, paths


class Notebook:
    """The outputs of the notebook called `name`, for example "03_real_only".

    out: folder, counted from the project's root, under which figures/ and report/results/ are written.
    """

    def __init__(self, name: str, out: str = "."):
        self.name = name
        self.out = paths.ROOT / out

    def figure(self, figure: Figure, title: str) -> None:
        """Save a figure as figures/NAME_TITLE.svg."""
        with paths.atomic_path(self.out / "figures" / f"{self.name}_{title}.svg") as temporary:
            # Neither a date nor random ids: the same figure is the same file.
            figure.savefig(temporary, format="svg", bbox_inches="tight", metadata={"Date": None}, dpi=100)

    def picture(self, image: np.ndarray, title: str) -> Image:
        """Save a picture (h, w, 3) uint8 RGB as figures/NAME_TITLE.jpg; returns it to be shown."""
        with paths.atomic_path(self.out / "figures" / f"{self.name}_{title}.jpg") as temporary:
            packed = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 72])[1].tobytes()
            temporary.write_bytes(packed)
        return Image(packed)

    def clip(self, images: Sequence[np.ndarray], rate: float, title: str) -> Image:
        """Save pictures (h, w, 3) uint8 RGB, `rate` a second, as a moving one, figures/NAME_TITLE.webp; returns it."""
        film = cv2.Animation()
        film.frames = [np.ascontiguousarray(image[..., ::-1]) for image in images]
        film.durations = [round(1000 / rate)] * len(images)
        with paths.atomic_path(self.out / "figures" / f"{self.name}_{title}.webp") as temporary:
            cv2.imwriteanimation(str(temporary), film, [cv2.IMWRITE_WEBP_QUALITY, 55])
            return Image(temporary.read_bytes(), format="webp")

    def results(self, values: dict) -> Path:
        """Save the numbers that the report prints as report/results/NAME.json."""
        path = self.out / "report" / "results" / f"{self.name}.json"
        paths.write_json(path, values, indent=1)
        return path


def plain(table: pd.DataFrame) -> list[dict]:
    """The lines of a table as plain values for JSON: None where there is nothing, intervals as dictionaries."""
    values = table.map(lambda value: asdict(value) if isinstance(value, metrics.Interval) else value)
    return json.loads(values.to_json(orient="records"))
