import pytest
import torch

from flm import models
from flm.errors import InputError
from flm.models.heads import cell_centres, expectation

BACKBONES = ("resnet18", "resnet50", "legacy_xception", "mobilenetv3_small_100", "mobilenetv3_large_100")


@pytest.mark.parametrize("head", models.HEADS)
@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("size", "grey"), [(64, True), (96, False)])
def test_every_model_gives_landmarks_and_learns_from_them(backbone, head, size, grey):
    model, pretrained = models.build(backbone, head, 5, size, grey=grey)
    images = torch.randint(0, 256, (2, 1 if grey else 3, size, size), dtype=torch.uint8)
    output = model(models.normalise(images))
    assert output.landmarks.shape == (2, 5, 2) and output.landmarks.dtype == torch.float32
    assert not pretrained
    output.landmarks.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters() if parameter.requires_grad)


def test_a_network_that_knows_nothing_points_to_the_middle():
    scores = torch.zeros(1, 3, 16, 16)
    assert torch.allclose(expectation(scores, 64), torch.full((1, 3, 2), 31.5))


@pytest.mark.parametrize("cells", [16, 15])
def test_a_peak_in_one_cell_is_read_at_its_centre(cells):
    scores = torch.full((1, 1, cells, cells), -100.0)
    scores[0, 0, 3, 7] = 100
    centres = cell_centres(cells, 64, torch.device("cpu"))
    assert torch.allclose(expectation(scores, 64)[0, 0], torch.stack([centres[7], centres[3]]))


def test_no_coordinate_is_rounded_to_bf16():
    scores = 3 * torch.randn(2, 5, 32, 32)
    exact = expectation(scores, 128)
    regression, _ = models.build("resnet10t", "regression", 5, 64)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(expectation(scores, 128), exact)
        landmarks = regression(torch.randn(2, 3, 64, 64)).landmarks
    assert not torch.equal(landmarks, landmarks.bfloat16().float())


def test_cell_centres_by_hand():
    """Cell 0 of 16 covers pixels 0 to 3 of 64."""
    assert cell_centres(16, 64, torch.device("cpu"))[:2].tolist() == [1.5, 5.5]


def test_pretrained_without_a_hub_starts_from_random_weights(monkeypatch, caplog):
    import timm

    real = timm.create_model

    def unreachable(*args, pretrained=False, **options):
        if pretrained:
            raise OSError("no route to host")
        return real(*args, **options)

    monkeypatch.setattr(timm, "create_model", unreachable)
    _, loaded = models.build("resnet18", "regression", 68, 64, pretrained=True)
    assert not loaded and "no pretrained weights for resnet18" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("resnet", "softargmax", 68, 64), "unknown backbone 'resnet': timm has"),
        (("resnet18", "argmax", 68, 64), "unknown head 'argmax'"),
        (("resnet18", "softargmax", 68, 512), "crop size 512: expected 64 to 256"),
    ],
)
def test_what_cannot_be_built_says_so(arguments, message):
    with pytest.raises(InputError, match=message):
        models.build(*arguments)
