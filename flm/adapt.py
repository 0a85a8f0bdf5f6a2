"""Label adaptation after training: what a run predicts, moved to where people put landmarks.

Datagen's strategy 2, and Synthesis AI's "test-time label adaptation": the network stays as it is; a small adapter
learns, on real training faces, to turn its predictions into their human labels.
"""

from dataclasses import replace

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from flm import data, paths
from flm.data import cache
from flm.errors import InputError
from flm.evaluate import Evaluation, evaluate
from flm.models.adapters import Adapter, fit_adapter
from flm.training.store import Run

_FORMAT = "1"


def adapter_of(run: Run, kind: str, real: str = "300w/train", faces: int | None = None, seed: int = 0) -> Adapter:
    """The `kind` of adapter (see flm.models.adapters) of a run, trained on so many real faces (None: all), or loaded.

    Raises InputError for an unknown kind, unreadable data, and fewer faces than asked for.
    """
    samples = data.load(real)
    chosen = data.subset(range(len(samples)), faces, seed)
    if faces is not None and len(chosen) < faces:
        raise InputError(f"{real}: found {len(chosen)} faces, expected {faces} to adapt labels with")
    key = paths.digest([_FORMAT, cache.fingerprint([samples[i] for i in chosen]), str(seed)])
    path = run.folder / "adapters" / f"{kind}-{key}.safetensors"
    if not path.exists():
        seen = evaluate(run, real)
        adapter = fit_adapter(kind, seen.predicted[chosen], seen.truth[chosen], run.experiment.markup, seed)
        with paths.atomic_path(path) as temporary:
            save_file(adapter.state_dict(), temporary)
    values = load_file(path)
    adapter = Adapter(kind, len(values["mean"]))
    adapter.load_state_dict(values)
    return adapter.eval()


def adapted(evaluation: Evaluation, adapter: Adapter, name: str) -> Evaluation:
    """The same evaluation with every prediction adapted; name: of the adapter, for tables."""
    with torch.inference_mode():
        landmarks = adapter(torch.from_numpy(evaluation.predicted.astype(np.float32))).numpy()
    return replace(evaluation, predicted=landmarks, adapter=name)
