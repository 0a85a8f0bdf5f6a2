"""How the commands' help names defaults."""

import argparse


class Defaults(argparse.ArgumentDefaultsHelpFormatter):
    """Adds each option's default to its help, except where there is none to name."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)
