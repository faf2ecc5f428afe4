"""Which chapters still hold both languages in their code: the one list that decides how strict the builder is.

A chapter that is not listed here is converted: one language per notebook, Chinese docstrings, three hints, at most
90 minutes and 60 visible lines of given code a sitting. Delete a chapter's line when it is converted.
"""

UNCONVERTED = {
    # every line has a comment above it, so that branches which delete neighbours merge
    # gradient descent
    # difficulty
    # momentum
    # adaptive methods
    # regularization
    # normalization
    # capstone
}


def is_converted(chapter: str) -> bool:
    """True unless the chapter, such as "03_momentum", is still listed."""
    return chapter not in UNCONVERTED
