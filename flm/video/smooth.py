"""One-Euro smoothing in the face's own coordinates: slow movements are steadied, fast ones followed.

Where a face is, how large and how turned, is known from all of its landmarks together, and so well that it is followed
closely; its shape, which changes little, is steadied more. Smoothing each landmark in the picture by itself would lag
behind a head that moves, and take its shape along (notebook 14).

Source: Casiez et al., "1 € filter: a simple speed-based low-pass filter for noisy input in interactive systems" (2012).
"""

from dataclasses import dataclass

import numpy as np

from flm.errors import InputError

_LIVELIER = 16.0  # how much more readily the face's place is followed than its shape


@dataclass(frozen=True)
class Smoothing:
    """How much to smooth.

    Times are real ones and speeds are in face sizes (root mean square distance of the landmarks from their middle) a
    second, so that neither the frame rate nor how near a face is changes what is seen.

    steadiness: cutoff frequency of a shape that does not change, Hz: less is steadier. agility: Hz more for each face
    size a second: more lags less.
    """

    steadiness: float = 0.15
    agility: float = 2.0

    def __post_init__(self):
        if not (self.steadiness > 0 and self.agility >= 0):
            raise InputError(
                f"steadiness {self.steadiness}, agility {self.agility}: expected more than 0, and 0 or more"
            )


class OneEuro:
    """The filter of numbers (n,), complex where they are places in the plane: call it with those of each frame in turn.

    steadiness: cutoff frequency of what stands still, Hz. agility: Hz more for each unit a second.
    """

    _SPEED_CUTOFF = 3.0  # of the filter that measures the speed, Hz

    def __init__(self, steadiness: float, agility: float):
        self.steadiness, self.agility = steadiness, agility
        self._smooth: np.ndarray | None = None

    def __call__(self, values: np.ndarray, passed: float, unit: float = 1.0) -> np.ndarray:
        """The values (n,), smoothed; passed: seconds since the last ones; unit: what speeds are measured in."""
        if self._smooth is None:
            self._smooth, self._speed = values, np.zeros_like(values)
        else:
            speed = (values - self._smooth) / passed / unit
            self._speed = self._speed + _share(self._SPEED_CUTOFF, passed) * (speed - self._speed)
            cutoff = self.steadiness + self.agility * np.abs(self._speed)
            self._smooth = self._smooth + _share(cutoff, passed) * (values - self._smooth)
        return self._smooth


class Steady:
    """The filter of one face's landmarks: call it with those of each frame in turn."""

    def __init__(self, smoothing: Smoothing):
        steadiness, agility = smoothing.steadiness, smoothing.agility
        self._shape = OneEuro(steadiness, agility)
        self._middle, self._size_and_turn = (OneEuro(_LIVELIER * steadiness, _LIVELIER * agility) for _ in range(2))
        self._time: float | None = None

    def __call__(self, landmarks: np.ndarray, time: float) -> np.ndarray:
        """Landmarks (n, 2) as found at `time`, in seconds, smoothed with what was found before."""
        places = landmarks @ np.array([1, 1j])  # turning and scaling is one multiplication
        middle = places.mean()
        if self._time is None:
            size = np.sqrt((np.abs(places - middle) ** 2).mean())
            self._first, self._time = (places - middle) / size, time
        passed, self._time = time - self._time, time
        turn = (self._first.conj() * (places - middle)).mean()  # from the first shape to this one, by least squares
        size = float(np.abs(turn))
        shape = self._shape((places - middle) / turn, passed)
        middle, turn = self._middle(middle, passed, size), self._size_and_turn(turn, passed, size)
        smooth = shape * turn + middle
        return np.stack([smooth.real, smooth.imag], axis=1).astype(np.float32)


def _share(cutoff, passed: float):
    """How far a first-order low-pass filter goes towards a new value in the time passed."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * passed))
