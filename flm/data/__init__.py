"""Labelled faces: `load("300w/train")`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from flm import markup as markups
from flm.data import catalog
from flm.data.benchmark import Benchmark, benchmark, title
from flm.data.made import STAND_IN
from flm.data.sample import Sample, landmark_box
from flm.errors import InputError

T = TypeVar("T")


def load(spec: str, markup: str = "ibug68") -> list[Sample]:
    """The faces of `spec`, a set and a split such as "300w/train", with their landmarks in `markup`.

    Raises InputError for an unknown or empty set or split, for absent or broken files, and for a markup that cannot
    be had.
    """
    name, slash, split = spec.partition("/")
    if not slash:
        raise InputError(f"data {spec!r}: expected SET/SPLIT, for example 300w/train")
    # The stand-in's faces have dense labels too, but where both kinds are asked for they take the place of photographs.
    dense = markup in markups.DENSE or (markup in markups.BOTH and name != STAND_IN)
    samples = catalog.load(name, split, dense)
    if not samples:
        raise InputError(f"{spec}: no faces in it, expected one at least")
    return [sample if sample.markup == markup else _converted(sample, markup) for sample in samples]


def _converted(sample: Sample, markup: str) -> Sample:
    landmarks = markups.convert(sample.landmarks, sample.markup, markup)
    visible = None if markup in markups.BOTH else sample.visible
    if visible is not None:
        visible = markups.convert(visible[:, None], sample.markup, markup)[:, 0]
    return replace(sample, landmarks=landmarks, markup=markup, visible=visible)


def subset(samples: Sequence[T], count: int | None, seed: int = 0) -> list[T]:
    """`count` of the samples (all where None), drawn by seed; a smaller draw lies within each larger one.

    Raises InputError for a negative count or seed.
    """
    if min(count or 0, seed) < 0:
        raise InputError(f"{count} faces drawn by seed {seed}: expected numbers from 0 on")
    order = np.random.default_rng(seed).permutation(len(samples))[:count]
    return [samples[i] for i in sorted(order)]


__all__ = ["Benchmark", "Sample", "benchmark", "landmark_box", "load", "subset", "title"]
