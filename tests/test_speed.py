from test_fit import TINY

from flm import speed
from flm.training import fit


def test_every_stage_is_measured_and_told(monkeypatch):
    monkeypatch.setattr(speed, "_FRAMES", 30)
    monkeypatch.setattr(speed, "_CROPS", 8)
    measured = speed.bench_video(fit(TINY))
    networks = measured["networks"]
    assert [*networks][:4] == ["PyTorch", "float32", "float16", "int8"]
    exact = [networks[name] for name in ("float32", "OpenVINO") if name in networks]
    assert max(of["farthest"] for of in exact) < 1e-3
    for times in (*measured["detectors"].values(), *networks.values(), *measured["frames"].values()):
        assert 0 < times["median_ms"] <= times["p95_ms"]
    text = speed.table(measured)
    assert all(name in text for name in ("detector, blazeface", "int8", "every 15", "NME"))
