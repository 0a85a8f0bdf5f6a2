"""Training across a domain gap: labelled faces teach the landmarks, unlabelled ones what features must not tell."""

import math

import torch

from flm import models
from flm.experiment import Experiment
from flm.models import domain
from flm.training.module import LandmarkModule


class AdversarialModule(LandmarkModule):
    """Trains on batches in which some faces have no labels, landmarks all NaN, with a critic of flm.models.domain."""

    def __init__(self, experiment: Experiment):
        super().__init__(experiment)
        self.critic = domain.critic(experiment.adaptation or "", self.model, experiment.size)
        self.head += list(self.critic.parameters())

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        images, truth = batch
        output = self.model(models.normalise(images))
        known = truth.isfinite().flatten(1).any(1)
        loss = self.supervised(output, truth)
        gap = self.critic(output, known, strength(self.trainer.global_step / self.trainer.estimated_stepping_batches))
        self.log_dict(
            {"train_loss": loss, "gap": gap}, on_step=False, on_epoch=True, batch_size=len(images), sync_dist=True
        )
        return loss + self.experiment.adaptation_weight * gap


def strength(progress: float) -> float:
    """How much of the critic's gradient reaches the features, when `progress` (0 to 1) of the run is done.

    From 0 to 1, since a critic that has learnt nothing yet has nothing to teach. Source: Ganin et al. (2016).
    """
    return 2 / (1 + math.exp(-10 * progress)) - 1
