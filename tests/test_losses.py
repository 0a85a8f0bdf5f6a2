import math

import pytest
import torch

from flm.models.heads import cell_centres
from flm.training.losses import heatmap_loss, landmark_loss

SIZE = 100


def loss(name: str, *errors: float) -> float:
    """Loss of points that are off by these many pixels in x, in a crop of 100."""
    truth = torch.full((1, len(errors), 2), 50.0)
    predicted = truth + torch.tensor([[error, 0.0] for error in errors])
    return landmark_loss(name, predicted, truth, SIZE).item()


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
    alone = landmark_loss(name, predicted[:, :1], truth[:, :1], SIZE)
    assert landmark_loss(name, predicted, truth, SIZE) == alone


def test_the_heatmap_loss_is_least_for_a_gaussian_on_the_truth():
    truth = torch.tensor([[[40.0, 60.0]]])
    centres = cell_centres(25, SIZE, torch.device("cpu"))

    def peak(x: float, y: float, sigma: float) -> float:
        scores = -((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2) / (2 * sigma**2)
        return heatmap_loss(scores[None, None], truth, SIZE).item()

    best = peak(40, 60, 2)
    assert all(best < peak(*other) for other in ((44, 60, 2), (40, 57, 2), (60, 40, 2), (40, 60, 4), (40, 60, 1)))
