"""The one exception that bad input raises."""


class InputError(ValueError):
    """What a user gave cannot be used.

    The message is one line: which file, what was found, what was expected, how to mend it.
    The command line prints it without a traceback and exits with code 2.
    """
