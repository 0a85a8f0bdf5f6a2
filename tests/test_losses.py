import math

import pytest
import torch

from flm.models.heads import Output, cell_centres
from flm.training.losses import LIKELIHOOD, heatmap_loss, landmark_loss

SIZE = 100


def loss(name: str, *errors: float) -> float:
    """Loss of points that are off by these many pixels in x, in a crop of 100."""
    truth = torch.full((1, len(errors), 2), 50.0)
    predicted = truth + torch.tensor([[error, 0.0] for error in errors])
    return landmark_loss(name, Output(predicted), truth, SIZE).item()


def test_values_by_hand():
    assert loss("l1", 10, 30) == pytest.approx((0.1 + 0.3) / 4)
    assert loss("rmse", 10, 30) == pytest.approx(math.sqrt((0.01 + 0.09) / 4))
    width, curvature = 10 / 256, 2 / 256
    small, large = width * math.log(1 + 0.01 / curvature), 0.3 - (width - width * math.log(1 + width / curvature))
    assert loss("wing", 1, 30) == pytest.approx((small + large) / 4, rel=1e-5)


def test_wing_is_continuous_where_its_pieces_meet():
    assert loss("wing", 1000 / 256 - 1e-4) == pytest.approx(loss("wing", 1000 / 256 + 1e-4), abs=1e-5)


@pytest.mark.parametrize("name", ["l1", "rmse", "wing"])
def test_truth_outside_the_crop_does_not_count(name):
    truth = torch.tensor([[[50.0, 50.0], [120.0, 50.0]]])
    predicted = torch.tensor([[[51.0, 50.0], [0.0, 0.0]]])
    alone = landmark_loss(name, Output(predicted[:, :1]), truth[:, :1], SIZE)
    assert landmark_loss(name, Output(predicted), truth, SIZE) == alone


def test_the_likelihood_by_hand_and_its_best_spread():
    """An error of 3 and 4 pixels in a crop of 100, at a spread of 5 pixels: half a squared unit, and two logarithms."""
    truth = torch.full((1, 1, 2), 50.0)

    def at(spread: float) -> float:
        output = Output(truth + torch.tensor([3.0, 4.0]), spread=torch.tensor([[spread]]))
        return landmark_loss(LIKELIHOOD, output, truth, SIZE).item()

    assert at(5) == pytest.approx(0.5 + 2 * math.log(0.05))
    best = math.sqrt((3**2 + 4**2) / 2)  # the standard deviation in one direction
    assert at(best) < min(at(0.9 * best), at(1.1 * best))


def test_other_losses_teach_the_spread_beside_the_landmarks():
    """The landmarks' gradient is as if nothing had a spread, and the spread's best is the same."""
    truth = torch.full((1, 1, 2), 50.0)
    alone, beside = (torch.tensor([[[53.0, 54.0]]], requires_grad=True) for _ in range(2))
    spread = torch.tensor([[5.0]], requires_grad=True)
    landmark_loss("l1", Output(alone), truth, SIZE).backward()
    landmark_loss("l1", Output(beside, spread=spread), truth, SIZE).backward()
    assert torch.equal(alone.grad, beside.grad)
    best = math.sqrt((3**2 + 4**2) / 2)
    assert spread.grad.item() == pytest.approx(2 / 5 - 2 * best**2 / 5**3)


def test_unknown_labels_do_not_count_and_leave_no_gradient():
    truth = torch.tensor([[[50.0, 50.0], [math.nan, math.nan]]])
    landmarks = torch.tensor([[[51.0, 50.0], [60.0, 60.0]]], requires_grad=True)
    scores = torch.zeros(1, 2, 25, 25, requires_grad=True)
    (landmark_loss("l1", Output(landmarks), truth, SIZE) + heatmap_loss(scores, truth, SIZE)).backward()
    assert landmarks.grad.isfinite().all() and scores.grad.isfinite().all()
    assert not landmarks.grad[0, 1].any() and not scores.grad[0, 1].any()
    nothing = torch.full_like(truth, math.nan)
    assert landmark_loss("l1", Output(landmarks), nothing, SIZE) == heatmap_loss(scores, nothing, SIZE) == 0


def test_the_heatmap_loss_is_least_for_a_gaussian_on_the_truth():
    truth = torch.tensor([[[40.0, 60.0]]])
    centres = cell_centres(25, SIZE, torch.device("cpu"))

    def peak(x: float, y: float, sigma: float) -> float:
        scores = -((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2) / (2 * sigma**2)
        return heatmap_loss(scores[None, None], truth, SIZE).item()

    best = peak(40, 60, 2)
    assert all(best < peak(*other) for other in ((44, 60, 2), (40, 57, 2), (60, 40, 2), (40, 60, 4), (40, 60, 1)))
