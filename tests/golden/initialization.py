"""Makes initialization.npz for tests/test_reference_initialization.py: what PyTorch's initializers draw.

    pip install torch==2.13.0 numpy            (in an environment of its own)
    python tests/golden/initialization.py

PyTorch's weights have shape (fan_out, fan_in); 300 x 200 of them tell a standard deviation to about 0.3 %.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import init

FAN_IN, FAN_OUT = 300, 200


def main():
    torch.manual_seed(11)
    makers = {
        "xavier_uniform": lambda w: init.xavier_uniform_(w, gain=1.3),
        "xavier_normal": lambda w: init.xavier_normal_(w, gain=1.3),
        "he_normal": lambda w: init.kaiming_normal_(w),
        "he_uniform": lambda w: init.kaiming_uniform_(w, nonlinearity="relu"),
        "he_normal_fan_out": lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"),
        "he_uniform_fan_out": lambda w: init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        "he_normal_leaky": lambda w: init.kaiming_normal_(w, a=0.3),
    }
    out = {"fan_in": FAN_IN, "fan_out": FAN_OUT}
    for name, make in makers.items():
        w = make(torch.empty(FAN_OUT, FAN_IN, dtype=torch.float64))
        out[name] = [w.abs().max().item(), w.std().item()]
    w = torch.nn.Linear(FAN_IN, FAN_OUT, dtype=torch.float64).weight.detach()
    out["standard_uniform"] = [w.abs().max().item(), w.std().item()]
    out["conv_fans"] = init._calculate_fan_in_and_fan_out(torch.empty(7, 5, 3, 2))
    out["slopes"] = [0.0, 0.01, 0.2, 1.0, 2.5]
    out["gains"] = [init.calculate_gain("leaky_relu", slope) for slope in out["slopes"]]
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
