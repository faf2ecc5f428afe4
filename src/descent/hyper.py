"""We check hyper-parameters before the first step, because a wrong one rarely crashes: it trains badly."""


def require(ok: bool, name: str, value, what: str) -> None:
    """Raise ValueError unless `ok`: the message gives the hyper-parameter, its value and what it must be.

    Write `ok` so that NaN fails it: `lr >= 0`, not `not lr < 0`.
    """
    if not ok:
        raise ValueError(f"{name} = {value!r}: must be {what}")
