"""We check hyper-parameters before the first step, because a wrong one rarely crashes: it trains badly."""

from descent.say import tr


def require(ok: bool, name: str, value, what: str) -> None:
    """Raise ValueError unless `ok`: the message gives the hyper-parameter, its value and what it must be.

    `what` may be a pair: require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数")).

    Write `ok` so that NaN fails it: `lr >= 0`, not `not lr < 0`.
    """
    if not ok:
        raise ValueError(tr(f"{name} = {value!r}: must be {what}", f"{name} = {value!r}，不符合要求：{what}"))
