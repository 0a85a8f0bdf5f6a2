"""The network that comes with the package: trained on generated faces alone, tested, and described by its card.

    python notebooks/ship_model.py

Writes flm/weights/, and with 300-W on disk report/results/shipped/ too. An hour on 2 cores without bf16, and as
long again for the faces.
"""

import shutil

from flm import data, markup, metrics, paths
from flm.adapt import adapted, adapter_of
from flm.card import card
from flm.crossing import not_in_profile
from flm.evaluate import evaluate, save
from flm.export import export
from flm.models.adapters import load_adapter
from flm.training import Experiment, fit
from flm.training.store import RECORD, WEIGHTS

FACES = "synthetic-10000"
RECIPE = Experiment(
    name="shipped",
    train=f"{FACES}/train",
    val=f"{FACES}/val",
    backbone="hourglass",
    width=96,
    epochs=100,
    images_per_epoch=1712,
)

if __name__ == "__main__":
    run = fit(RECIPE)
    unseen = evaluate(run, f"{FACES}/test")
    by_box = metrics.nme(unseen.compared, unseen.truth, markup.IBUG68, "box")
    tested = {"generated, unseen, not in profile": not_in_profile(unseen).errors}
    target = data.benchmark()
    if target.title == "300-W Common":
        found = evaluate(run, target.test)
        adapter = load_adapter(adapter_of(run, "mlp", target.train))
        measures = {"as it is": found, "adapted": adapted(found, adapter)}
        tested |= {f"300-W Common, {name}": of.errors for name, of in measures.items()}
        for name, of in measures.items():
            save(of, run.record, paths.results_dir("shipped") / f"{name}.json")
    for file in (WEIGHTS, RECORD):
        with paths.atomic_path(paths.SHIPPED / file) as temporary:
            shutil.copyfile(run.folder / file, temporary)
    export(run, paths.SHIPPED_FILE)
    with paths.atomic_path(paths.SHIPPED / "MODEL_CARD.md") as temporary:
        temporary.write_text(card(run, tested, data.load(unseen.data), by_box))
    print(f"{paths.SHIPPED}: {paths.SHIPPED.joinpath(WEIGHTS).stat().st_size / 2**20:.1f} MiB")
