"""What students write instead of the steps of chapter 03."""

from reference.mistakes import Mistake


def ascends(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params + lr * velocity, velocity


def old_velocity(params, grads, velocity, *, lr, momentum=0.9):
    return params - lr * velocity, momentum * velocity + grads


MISTAKES = {
    "momentum_step": [
        Mistake("ascends", ascends,
                {"en": "the velocity is right and the params move by the right amount, in the opposite direction",
                 "zh": "速度是对的，参数移动的距离也对，但方向反了"},
                {"en": "the velocity adds up gradients. Does the loss go down along the gradient or against it?",
                 "zh": "速度是梯度的累加。沿着梯度走，损失是变大还是变小？"},
                {"en": "gradient ascent: lr * velocity is added to the params, it has to be subtracted",
                 "zh": "梯度上升：把 lr * velocity 加到了参数上，应当减去"}),
        Mistake("old_velocity", old_velocity,
                {"en": "the velocity is right, the params are where the velocity of one step ago would have put them",
                 "zh": "速度是对的，但参数停在了用上一步速度走出来的位置"},
                {"en": "which velocity moves the params, the one that came in or the one you have just computed?",
                 "zh": "移动参数用的是传进来的速度，还是刚算出来的新速度？"},
                {"en": "the old velocity in the update of the params: compute the new velocity first, then use it",
                 "zh": "更新参数时用了旧速度：应先算出新速度，再用它更新参数"}),
    ],
}
