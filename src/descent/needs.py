"""What the first cell of a notebook asks: is this package as new as the notebook?"""

LEVEL = 1  # raise it when notebooks begin to use something that an older `descent` lacks


def at_least(level: int) -> None:
    """Raise ImportError when the notebook needs a newer package than this one."""
    if level > LEVEL:
        raise ImportError(f"this notebook needs level {level} of descent, and level {LEVEL} is installed")
