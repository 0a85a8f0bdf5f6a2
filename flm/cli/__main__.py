"""`python -m flm.cli`, for those who have several Pythons."""

from flm.cli import main

main()
