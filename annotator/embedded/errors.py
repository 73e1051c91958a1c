"""The one error of this package: its text is for the person at the terminal and names the mend."""


class EmbeddedError(RuntimeError):
    """An embedded server cannot be started, reached or stopped."""
