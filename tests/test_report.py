import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from flm import plots
from flm.metrics import Interval
from flm.report import Notebook, plain


def test_outputs_lie_where_the_report_looks(tmp_path):
    notebook = Notebook("05_test", str(tmp_path))
    notebook.figure(plt.figure(), "empty")
    notebook.picture(np.zeros((8, 8, 3), np.uint8), "black")
    shown = notebook.clip([np.full((16, 16, 3), grey, np.uint8) for grey in (0, 120, 250)], 25, "moving")
    assert shown.data[8:12] == b"WEBP" and shown.data.count(b"ANMF") == 3
    assert json.loads(notebook.results({"nme": 3.4}).read_text()) == {"nme": 3.4}
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    figures = {"figures/05_test_empty.svg", "figures/05_test_black.jpg", "figures/05_test_moving.webp"}
    assert found == figures | {"report/results/05_test.json"}


def test_the_same_figure_is_the_same_file(tmp_path):
    def drawn(out: str) -> bytes:
        plots.style()
        figure, ax = plt.subplots()
        ax.plot([1, 3, 2])
        Notebook("n", str(tmp_path / out)).figure(figure, "f")
        return (tmp_path / out / "figures" / "n_f.svg").read_bytes()

    assert drawn("a") == drawn("b")


def test_a_table_becomes_plain_values():
    table = pd.DataFrame({"setting": [0.5, np.nan], "seeds": [1, 3], "difference": [Interval(-1, -2, 0), None]})
    assert plain(table) == [
        {"setting": 0.5, "seeds": 1, "difference": {"mean": -1, "low": -2, "high": 0}},
        {"setting": None, "seeds": 3, "difference": None},
    ]
