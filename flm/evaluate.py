"""A trained run on a test set: predictions once, every figure and table from them."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from flm import data, detect, markup, metrics, paths
from flm.data import cache
from flm.errors import InputError
from flm.predict import Predictor
from flm.training.store import Run
from flm.video.clips import follow_clips

BOXES = ("truth", "detector", "blazeface", "following")
_BATCH = 32


@dataclass(frozen=True)
class Evaluation:
    """Predicted landmarks (count, n, 2) and true ones (count, m, 2) of one run on one test set; a missed face is NaN.

    data: the set as SET/SPLIT. boxes: truth (bounds of the true landmarks), detector (MTCNN, two passes), blazeface
        (the faster detector) or, in clips, following (see flm.video.follow).
    predicted_markup: of what was predicted; it is converted to `markup`, that of the truth, where they are compared.
    adapter: of labels, by which the predictions were changed, see flm.adapt; or None.
    """

    run: str
    data: str
    boxes: str
    predicted_markup: str
    predicted: np.ndarray
    markup: str
    truth: np.ndarray
    adapter: str | None = None

    @property
    def compared(self) -> np.ndarray:
        """The predictions (count, m, 2) in the markup of the truth."""
        return markup.convert(self.predicted, self.predicted_markup, self.markup)

    @cached_property
    def errors(self) -> np.ndarray:
        """Inter-ocular NME of each face, (count,), %."""
        return metrics.nme(self.compared, self.truth, markup.get(self.markup))

    def listed_errors(self) -> list[float | None]:
        """The errors as result files hold them: four decimals, None for a missed face."""
        return [round(float(error), 4) if np.isfinite(error) else None for error in self.errors]

    def only(self, chosen: np.ndarray) -> "Evaluation":
        """Of some of the faces, (count,) bool."""
        return replace(self, predicted=self.predicted[chosen], truth=self.truth[chosen])

    def dense_only(self) -> "Evaluation":
        """Of a network for people's labels and dense ones, see markup.BOTH: what the dense ones come to."""
        name = markup.BOTH[self.predicted_markup]
        dense = markup.convert(self.predicted, self.predicted_markup, name)
        return replace(self, predicted=dense, predicted_markup=name)

    def summary(self) -> dict:
        """The numbers of a results table, see flm.metrics.summary, and what they were measured on."""
        return {
            "run": self.run,
            "data": self.data,
            "boxes": self.boxes,
            "adapter": self.adapter,
            **metrics.summary(self.compared, self.truth, markup.get(self.markup)),
        }


def evaluate(run: Run, spec: str, boxes: str = "truth", mirror: bool = True, against: str | None = None) -> Evaluation:
    """`run` on the faces of `spec`; kept beside it, so that a second call reads it.

    against: markup of the true landmarks; that of people's labels unless given, for dense predictions too.
    Raises InputError for data that cannot be read and an unknown kind of boxes.
    """
    if boxes not in BOXES:
        raise InputError(f"unknown boxes {boxes!r}: choose one of {', '.join(BOXES)}")
    own = run.experiment.markup
    against = against or markup.judged(own)
    samples = data.load(spec, against)
    search = [] if boxes == "truth" else [detect.VERSION]
    key = paths.digest([*cache.shown(samples), str(mirror), *search])
    path = run.kept / "evaluation" / f"{spec.replace('/', '-')}-{boxes}-{key}.npz"
    if not path.exists():
        predicted = predict(Predictor(run, mirror), samples, boxes)
        with paths.atomic_path(path) as temporary:
            np.savez(temporary, predicted=predicted)
    truth = np.stack([sample.landmarks for sample in samples])
    return Evaluation(run.folder.name, spec, boxes, own, np.load(path)["predicted"], against, truth)


def predict(predictor: Predictor, samples: list[data.Sample], boxes: str = "truth") -> np.ndarray:
    """Landmarks (count, n, 2) of faces, whose kind of boxes is as in Evaluation; NaN where none is found."""
    if boxes == "following":
        return follow_clips(predictor, samples)
    parts = []
    for start in tqdm(range(0, len(samples), _BATCH), "evaluating", unit=f"x{_BATCH} faces", disable=None):
        batch = samples[start : start + _BATCH]
        images = [sample.read() for sample in batch]
        if boxes == "truth":
            parts.append(predictor.in_boxes(images, [sample.box for sample in batch]))
        else:
            by = "mtcnn" if boxes == "detector" else boxes
            parts.append(np.stack([_detected(predictor, *pair, by) for pair in zip(images, batch, strict=True)]))
    return np.concatenate(parts)


def _detected(predictor: Predictor, image: np.ndarray, sample: data.Sample, by: str) -> np.ndarray:
    box = detect.detect_near(image, sample.box, by)
    return np.full((predictor.markup.n, 2), np.nan) if box is None else predictor.refined(image, box)


def errors_in_jittered_boxes(
    predictor: Predictor, samples: list[data.Sample], jitter: float, seed: int = 0
) -> np.ndarray:
    """Inter-ocular NME (count,) when each true box is shifted and scaled at random by up to `jitter` of its side."""
    rng = np.random.default_rng(seed)
    boxes = []
    for left, top, right, bottom in (sample.box for sample in samples):
        side = max(right - left, bottom - top)
        centre = np.array([left + right, top + bottom]) / 2 + rng.uniform(-jitter, jitter, 2) * side
        half = np.array([right - left, bottom - top]) / 2 * np.exp(rng.uniform(-jitter, jitter))
        boxes.append(np.concatenate([centre - half, centre + half]))
    predicted = [predictor.in_boxes([s.read()], [box])[0] for s, box in zip(samples, boxes, strict=True)]
    return metrics.nme(np.stack(predicted), np.stack([s.landmarks for s in samples]), predictor.markup)


def save(evaluation: Evaluation, record: dict, path: Path) -> None:
    """Write a run's record, the summary and the error of each face to a JSON file that the report can cite."""
    values = {"record": record, "summary": evaluation.summary(), "errors": evaluation.listed_errors()}
    paths.write_json(path, values)


def saved(folder: str) -> dict[str, dict]:
    """What `save` wrote under report/results/FOLDER, by file name; empty where nothing has been measured yet."""
    files = sorted(paths.results_dir(folder).glob(paths.JSON))
    return {file.stem: json.loads(file.read_text()) for file in files}
