"""Label adapters of a run: a small network learns, on real training faces, to turn its landmarks into people's.

Applied to what the run predicts, that is Datagen's strategy 2 and Synthesis AI's "test-time label adaptation". Applied
to the labels of generated faces, it makes training data for strategies 3 and 4.
"""

from dataclasses import replace
from pathlib import Path

from flm import data, markup, paths
from flm.data import cache
from flm.errors import InputError
from flm.evaluate import Evaluation, evaluate
from flm.models.adapters import Adapter, save_adapter
from flm.models.corrections import KINDS
from flm.models.fit_adapter import fit_adapter
from flm.training.store import Run

_FORMAT = "3"
_FEWEST = 5  # faces: a ridge is as strong as does best on held-out fifths of them


def adapter_of(
    run: Run,
    kind: str,
    real: str = "300w/train",
    faces: int | None = None,
    seed: int = 0,
    noise: str | None = None,
) -> Path:
    """File of the `kind` of adapter (see flm.models.corrections) of a run, trained on so many real faces (None: all).

    noise: generated faces, as SET/SPLIT, that the run was not trained on; labels are then adapted as rough as what the
    run predicts there. Raises InputError for an unknown kind, unreadable data, a run of other landmarks than people's
    68 and dense ones, and fewer faces than asked for or than five.
    """
    if kind not in KINDS:  # before the run is shown all faces
        raise InputError(f"unknown label adapter {kind!r}: choose one of {', '.join(KINDS)}")
    own = run.experiment.markup
    if markup.judged(own) != "ibug68":
        raise InputError(f"{run.folder}: labels are adapted to ibug68, found a run of {own}")
    samples = data.load(real)
    chosen = data.subset(range(len(samples)), faces, seed)
    if len(chosen) < max(faces or 0, _FEWEST):
        raise InputError(f"{real}: found {len(chosen)} faces, expected {max(faces or 0, _FEWEST)} to adapt labels with")
    rough = cache.fingerprint(data.load(noise, own)) if noise else ""
    key = paths.digest([_FORMAT, cache.fingerprint([samples[i] for i in chosen]), str(seed), rough])
    path = run.kept / "adapters" / f"{kind}-{key}.safetensors"
    if not path.exists():
        seen = evaluate(run, real)
        predicted, truth = seen.predicted[chosen], seen.truth[chosen]
        name = f"{len(chosen):,} faces of {real}"
        adapter = fit_adapter(kind, predicted, truth, own, seed, name)
        if noise:
            held_out = evaluate(run, noise, against=own)
            adapter.keep_noise(held_out.predicted, held_out.truth)
        save_adapter(adapter, path)
    # Records name it, and should not differ from machine to machine.
    return path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path


def adapted(evaluation: Evaluation, adapter: Adapter) -> Evaluation:
    """The same evaluation with every prediction adapted."""
    name = f"{adapter.kind}, {adapter.learnt_from}"
    predicted = adapter.landmarks(evaluation.predicted)
    return replace(evaluation, predicted=predicted, predicted_markup="ibug68", adapter=name)
