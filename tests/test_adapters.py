import numpy as np
import pytest
import torch

from flm.errors import InputError
from flm.markup import IBUG68
from flm.models import adapters
from flm.models.adapters import Adapter, aligned, restored
from flm.models.corrections import KINDS
from flm.models.fit_adapter import fit_adapter
from flm.shape import mean_shape


def posed(shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shapes (count, n, 2) moved, turned and scaled at random."""
    count = len(shapes)
    turn = rng.uniform(50, 200, count) * np.exp(1j * rng.normal(0, 0.4, count))
    moved = (shapes @ np.array([1, 1j])) * turn[:, None] + rng.normal(0, 100, (count, 1)) * (1 + 1j)
    return np.stack([moved.real, moved.imag], 2)


@pytest.fixture
def faces() -> np.ndarray:
    """400 shapes of 68 points that vary around the mean in a few directions, (400, 68, 2)."""
    rng = np.random.default_rng(0)
    directions = rng.normal(0, 0.03, (6, 68, 2))
    return mean_shape()[:, :2] + np.einsum("ck,kpx->cpx", rng.normal(size=(400, 6)), directions)


def error(found: torch.Tensor, truth: np.ndarray) -> float:
    size = np.linalg.norm(truth[:, 45] - truth[:, 36], axis=1)
    return float((np.linalg.norm(found.detach().numpy() - truth, axis=2).mean(1) / size).mean())


def test_aligning_and_back_is_the_identity(faces):
    landmarks = torch.from_numpy(posed(faces, np.random.default_rng(1)))
    mean = torch.from_numpy(mean_shape()[:, :2])
    local, centre, turn = aligned(landmarks, mean)
    assert restored(local, centre, turn).numpy() == pytest.approx(landmarks.numpy())
    assert (local - (mean - mean.mean(0))).abs().max() < 0.5, "all lie near the mean shape"


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_does_not_care_where_how_large_or_how_turned_a_face_is(kind, faces):
    adapter = Adapter(kind, 68).eval()
    adapter.mean.copy_(torch.from_numpy(mean_shape()[:, :2] - mean_shape()[:, :2].mean(0)))
    landmarks = torch.from_numpy(faces[:5]).float()
    turn = torch.view_as_complex(torch.tensor([1.5, 0.8])) * 30

    def moved(points: torch.Tensor) -> torch.Tensor:
        return torch.view_as_real(torch.view_as_complex(points) * turn + (70 - 20j))

    with torch.inference_mode():
        assert adapter(moved(landmarks)).numpy() == pytest.approx(moved(adapter(landmarks)).numpy(), abs=0.02)


def test_an_offset_is_found_exactly():
    rng = np.random.default_rng(0)
    mean = mean_shape()[:, :2]
    shift = np.zeros((68, 2))
    shift[8] = [0, 0.1]
    shapes = np.repeat(mean[None], 50, 0)
    both = posed(np.concatenate([shapes, shapes + shift], 1), rng)
    adapter = fit_adapter("offset", both[:, :68], both[:, 68:])
    assert error(adapter(torch.from_numpy(both[:, :68]).float()), both[:, 68:]) < 1e-4


def test_ridge_finds_a_linear_relation(faces):
    rng = np.random.default_rng(0)
    target = faces.copy()
    target[:, 8, 1] += 0.5 * (faces[:, 30, 1] - mean_shape()[30, 1])
    both = posed(np.concatenate([faces, target], 1), rng)
    source, wanted = both[:, :68], both[:, 68:]
    adapter = fit_adapter("ridge", source[:300], wanted[:300])
    held_out = torch.from_numpy(source[300:]).float()
    assert error(adapter(held_out), wanted[300:]) < 0.15 * error(held_out, wanted[300:])


@pytest.mark.parametrize("kind", ("mlp", "unet"))
def test_the_networks_learn_what_no_line_can(kind, faces):
    rng = np.random.default_rng(0)
    target = faces.copy()
    target[:, 48:60, 1] += np.abs(faces[:, 30:31, 0] - faces[:, 30:31, 0].mean())  # a bend
    both = posed(np.concatenate([faces, target], 1), rng)
    source, wanted = both[:, :68], both[:, 68:]
    held_out = torch.from_numpy(source[300:]).float()
    found = {k: error(fit_adapter(k, source[:300], wanted[:300])(held_out), wanted[300:]) for k in (kind, "offset")}
    assert found[kind] < 0.8 * found["offset"] < error(held_out, wanted[300:])


@pytest.mark.parametrize("kind", ("mlp", "unet"))
def test_the_networks_do_no_worse_than_ridge_on_few_faces(kind, faces):
    """There is nothing to find but noise: they stay with the line they start from."""
    rng = np.random.default_rng(0)
    both = posed(np.concatenate([faces, faces + rng.normal(0, 0.05, faces.shape)], 1), rng)
    source, wanted = both[:, :68], both[:, 68:]
    held_out = torch.from_numpy(source[300:]).float()
    found = {k: error(fit_adapter(k, source[:50], wanted[:50])(held_out), wanted[300:]) for k in (kind, "ridge")}
    assert found[kind] < 1.01 * found["ridge"]


def test_mirrored_faces_are_adapted_alike(faces):
    rng = np.random.default_rng(0)
    source, target = posed(faces, rng), posed(faces, rng)
    adapter = fit_adapter("ridge", source, target)
    landmarks = torch.from_numpy(source[:10]).float()
    mirror = torch.tensor([-1.0, 1.0])
    once = adapter(landmarks[:, IBUG68.flip] * mirror)[:, IBUG68.flip] * mirror
    assert once.detach().numpy() == pytest.approx(adapter(landmarks).detach().numpy(), abs=0.5)


def test_the_seed_decides(faces):
    source = posed(faces, np.random.default_rng(0))[:50]
    one, same, other = (fit_adapter("mlp", source, source + 1, seed=seed) for seed in (0, 0, 1))
    landmarks = torch.from_numpy(source).float()
    assert torch.equal(one(landmarks), same(landmarks))
    assert not torch.equal(one(landmarks), other(landmarks))


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_comes_back_from_its_file(kind, tmp_path, faces):
    adapter = Adapter(kind, 68, "9 faces").eval()
    adapter.mean.copy_(torch.randn(68, 2))
    adapters.save_adapter(adapter, tmp_path / "a.safetensors")
    again = adapters.load_adapter(tmp_path / "a.safetensors")
    assert (again.kind, again.learnt_from) == (kind, "9 faces")
    assert (again.landmarks(faces[:3]) == adapter.landmarks(faces[:3])).all()
    assert again.fingerprint() == adapter.fingerprint() != Adapter(kind, 68).fingerprint()


def test_labels_are_roughened_by_the_errors_of_predictions(faces, tmp_path):
    rng = np.random.default_rng(0)
    exact = posed(faces, rng)
    size = np.linalg.norm(exact[:, 45] - exact[:, 36], axis=1)[:, None, None]
    rough = exact + 0.05 * size * rng.normal(size=exact.shape)
    adapter = fit_adapter("offset", exact, exact)
    assert adapter.labels(exact) == pytest.approx(exact, abs=0.01), "no noise is known yet"
    adapter.keep_noise(rough, exact)
    adapters.save_adapter(adapter, tmp_path / "a.safetensors")
    labels = adapters.load_adapter(tmp_path / "a.safetensors").labels(exact, seed=1)
    assert ((labels - exact) / size).std() == pytest.approx(0.05, rel=0.1)
    assert (labels == adapter.labels(exact, seed=1)).all()
    assert not np.allclose(labels, adapter.labels(exact, seed=2))


@pytest.mark.parametrize("content", [b"", b"not one"])
def test_what_is_no_adapter_says_so(tmp_path, content):
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"a.safetensors: not a label adapter .*; `flm adapt` makes one"):
        adapters.load_adapter(tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="not a label adapter"):
        adapters.load_adapter(tmp_path / "nothing")


def test_landmarks_of_another_set_are_refused():
    with pytest.raises(InputError, match="it adapts 68 landmarks, found 490; `flm adapt` makes one for each run"):
        Adapter("ridge", 68, "10 faces").landmarks(np.zeros((1, 490, 2)))


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="unknown label adapter 'magic': choose one of offset, ridge, mlp, unet"):
        Adapter("magic", 68)
