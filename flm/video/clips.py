"""300-VW's protocol: each clip followed as a video, then judged frame by frame."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from flm import markup, metrics
from flm.data import w300vw
from flm.data.sample import Sample
from flm.errors import InputError
from flm.predict import Predictor
from flm.video.follow import Follower
from flm.video.frames import FOLDER_RATE, Frame
from flm.video.measure import jitter, lag
from flm.video.watch import watch


def follow_clips(predictor: Predictor, samples: Sequence[Sample]) -> np.ndarray:
    """Landmarks (count, n, 2) of the labelled frames of clips, each clip followed from its first frame; NaN where lost.

    Raises InputError for anything but clips of 300-VW.
    """
    found = [watch(Follower(predictor), _film(clip), predictor.markup.n).landmarks for _, clip in _clips(samples)]
    return np.concatenate(found)


def by_clip(landmarks: np.ndarray, samples: Sequence[Sample]) -> dict[str, dict[str, float | None]]:
    """Of each clip: `frames`, and of landmarks (count, 68, 2), NaN where lost, inter-ocular `nme` in % over the frames
    with the face, `auc8`, `fr8` in % (lost, or above 8 %), `jitter` in % of the distance a frame and `lag` in frames;
    None where it cannot be measured.

    Raises InputError for anything but clips of 300-VW.
    """
    table: dict[str, dict[str, float | None]] = {}
    start = 0
    for name, clip in _clips(samples):
        found, start = landmarks[start : start + len(clip)], start + len(clip)
        truth = np.stack([sample.landmarks for sample in clip])
        errors = metrics.nme(found, truth, markup.IBUG68)
        seen = np.isfinite(errors)
        table[name] = {
            "frames": len(clip),
            "nme": float(errors[seen].mean()) if seen.any() else None,
            "auc8": metrics.auc(errors, 8),
            "fr8": metrics.failure_rate(errors, 8),
            "jitter": jitter(found, truth, metrics.normaliser(truth, markup.IBUG68)),
            "lag": lag(found, truth),
        }
    return table


def _clips(samples: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    if odd := {sample.source for sample in samples} - {w300vw.NAME}:
        raise InputError(f"{min(odd)}: found faces without order, expected clips to follow (300vw/A, 300vw/223, ...)")
    for name, clip in groupby(samples, key=lambda sample: sample.name.partition("/")[0]):
        yield name, list(clip)


def _film(clip: Sequence[Sample]) -> Iterator[tuple[Frame, np.ndarray]]:
    for number, sample in enumerate(clip):
        yield Frame(number, number / FOLDER_RATE, sample.read()), sample.landmarks
