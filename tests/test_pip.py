import pytest
import torch

from flm import models
from flm.experiment import Experiment
from flm.models.pip import Cells, at, pip_loss, positions
from flm.shape import mean_shape

SIZE, GRID = 64, 4  # cells of 16 pixels
NEAREST = torch.tensor([[1], [0], [1]])


def exact(truth: torch.Tensor) -> Cells:
    """What a perfect network says of landmarks (b, n, 2), in cells: score 1 in the true cell, and shifts from there."""
    b, n = truth.shape[:2]
    corner = truth.floor().long()
    grid = torch.stack(torch.meshgrid(torch.arange(GRID), torch.arange(GRID), indexing="xy"))  # (2, h, w)
    score = (corner[..., None, None] == grid).all(2).float()
    shift = (truth[..., None, None] - grid).expand(b, n, 2, GRID, GRID)
    neighbours = (truth[:, NEAREST][..., None, None] - grid).expand(b, n, 1, 2, GRID, GRID)
    return Cells(score, shift, neighbours, NEAREST)


def test_what_a_perfect_network_says_is_the_truth():
    truth = 0.2 + 3.6 * torch.rand(5, 3, 2)
    torch.testing.assert_close(positions(exact(truth)), truth)
    assert pip_loss(exact(truth), truth * SIZE / GRID - 0.5, SIZE).item() == pytest.approx(0, abs=1e-5)


def test_positions_are_the_mean_of_own_and_neighbours_votes():
    """Landmark 1 is neighbour of 0 and of 2; one of the two says that it lies three cells farther to the right."""
    truth = torch.tensor([[[0.5, 0.5], [1.5, 1.5], [2.5, 2.5]]])
    cells = exact(truth)
    cells.neighbours[:, 2, :, 0] += 3
    found = positions(cells)
    torch.testing.assert_close(found[0, 1], torch.tensor([2.5, 1.5]))
    torch.testing.assert_close(found[0, [0, 2]], truth[0, [0, 2]])


def test_only_true_cells_count_and_only_landmarks_inside():
    truth = torch.tensor([[[0.5, 0.5], [1.5, 1.5], [9.0, 2.5]]])
    pixels = truth * SIZE / GRID - 0.5
    cells = exact(truth)
    cells.shift[:, 0, :, 3, 3] += 5
    cells.shift[:, 2] += 5
    assert pip_loss(cells, pixels, SIZE).item() == pytest.approx(0, abs=1e-5)
    cells.shift[:, 0, :, 0, 0] += 1
    assert pip_loss(cells, pixels, SIZE).item() == pytest.approx(0.5), "one of two, in both directions"


def test_at_reads_the_cell_in_the_row_and_column_of_its_number():
    maps = torch.arange(2 * 2 * 3 * 4).reshape(1, 2, 2, 3, 4)
    assert at(maps, torch.tensor([[0, 7]]))[0].tolist() == [[0, 12], [24 + 7, 36 + 7]]


def test_neighbours_are_the_nearest_on_the_mean_face():
    model, _ = models.build(Experiment(backbone="resnet10t", head="pip", size=SIZE))
    assert model.nearest.shape == (68, 10)
    assert set(model.nearest[36, :2].tolist()) == {37, 41}, "the corner of an eye is next to its lids"
    assert (model.nearest != torch.arange(68)[:, None]).all()
    output = model(models.normalise(torch.randint(0, 256, (2, 3, SIZE, SIZE), dtype=torch.uint8)))
    truth = torch.from_numpy(mean_shape()[:, :2]).float() * 20 + SIZE / 2
    pip_loss(output.cells, truth.expand(2, -1, -1), SIZE).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_a_batch_without_landmarks_inside_gives_a_finite_loss():
    outside = torch.full((2, 3, 2), -50.0)
    assert torch.isfinite(pip_loss(exact(torch.zeros(2, 3, 2)), outside, SIZE))
