"""What a run says while it trains, and what it remembers across interruptions."""

import sys
import time

import lightning as L


class Progress(L.Callback):
    """Counts training seconds and images, keeps the curves, and prints a line now and then.

    Its state travels in the checkpoints, so a resumed run reports the whole of its training.
    validate_every: epochs between validations; say_every: validations between printed lines.
    curves: one {"epoch", "train_loss", "val_nme", "val_rmse"} for each validation; "gap" too, that of a critic.
    """

    def __init__(self, label: str, images_per_epoch: int, validate_every: int, say_every: int):
        self.label, self.images_per_epoch = label, images_per_epoch
        self.validate_every, self.say_every = validate_every, say_every
        self.seconds, self.epochs = 0.0, 0
        self.curves: list[dict] = []

    @property
    def minutes(self) -> float:
        return self.seconds / 60

    @property
    def images_per_second(self) -> float:
        return self.epochs * self.images_per_epoch / max(self.seconds, 1e-9)

    def state_dict(self) -> dict:
        return {"seconds": self.seconds, "epochs": self.epochs, "curves": self.curves}

    def load_state_dict(self, state: dict) -> None:
        self.__dict__.update(state)

    def on_train_start(self, trainer: L.Trainer, _: L.LightningModule) -> None:
        self._last = time.perf_counter()
        if self.epochs:
            self._say(f"going on after epoch {self.epochs} of {trainer.max_epochs}")

    def on_train_epoch_end(self, trainer: L.Trainer, _: L.LightningModule) -> None:
        now = time.perf_counter()
        self.seconds, self._last, self.epochs = self.seconds + now - self._last, now, self.epochs + 1
        seen = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if self.epochs % self.validate_every == 0:
            seen["val_rmse"] = seen["val_mse"] ** 0.5
            shown = [name for name in ("train_loss", "val_nme", "val_rmse", "gap") if name in seen]
            self.curves.append({"epoch": self.epochs} | {name: seen[name] for name in shown})
            if len(self.curves) % self.say_every == 0:
                left = self.minutes / self.epochs * ((trainer.max_epochs or 0) - self.epochs)
                self._say(
                    f"epoch {self.epochs}/{trainer.max_epochs}: validation NME {seen['val_nme']:.2f} %, "
                    f"{self.images_per_second:.0f} images/s, {left:.1f} min left"
                )

    def _say(self, text: str) -> None:
        # A terminal has Lightning's bar; logs and notebooks get these few lines instead.
        if not sys.stderr.isatty():
            print(f"{self.label}: {text}", flush=True)
