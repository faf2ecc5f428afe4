"""Chapter 00: a scalar that differentiates itself, tried on small programs."""

from dataclasses import replace

from descent.cases import numbers
from descent.contract_cases import given, scaled
from descent.exercise import Case, Exercise, Group

GROUPS = {
    "forward": Group(2, "the values of sums, products and ReLUs", "和、积与 ReLU 的值"),
    "chain": Group(3, "gradients where every value is used once", "每个值只用一次时的梯度"),
    "shared": Group(3, "gradients where a value is used more than once", "有的值用了不止一次时的梯度"),
    "again": Group(1, "a second call of backward, for the same loss or another", "再调用一次 backward，损失相同或不同"),
    "contract": Group(
        1,
        "a ReLU at 0, a loss that is an input, very small and very large numbers",
        "ReLU 恰好在 0 处、损失本身就是输入、极小和极大的数",
    ),
}
EXEC = "nodes = {name: Value(number) for name, number in values.items()}\nexec(program, {}, nodes)\n"


def code_of(program, names, backward):
    """What a student types for a case: the program's lines; a long one is executed as it stands."""
    calls = "".join(f"{name}.backward()\n" for name in backward)
    if len(program) > 100:
        return (
            EXEC + calls.replace("loss", "nodes['loss']") + "print({name: node.grad for name, node in nodes.items()})"
        )
    definitions = f"{', '.join(names)} = " + ", ".join(f"Value(values[{name!r}])" for name in names) + "\n"
    grads = "".join(f", {name}.grad" for name in names) if backward else ""
    return definitions + program.replace("; ", "\n") + "\n" + calls + f"print(loss.data{grads})"


# In the grader only what an operator returns may stand left of an operator: a ReLU's result stands on the right.
SHARED = (
    "loss = a * a + b",
    "u = a * b; v = u + a; loss = u * v",
    "u = a + b; v = u * c; w = u * b; loss = v * w + a",
    "u = a * b; h = u.relu(); v = u * h; loss = v * v + b",  # h must not be u itself
)
TWO = "first = u * u + c; loss = c * h + a"
TAKING_TURNS = "u = a * b; first = u * u + c; loss = u * c + a"
LONG = "; ".join(
    ["u0 = a * b", *(f"u{k + 1} = u{k} + {'a' if k % 3 else f'u{k}'}" for k in range(24)), "loss = u24 * a"]
)


def cases(rng):
    def case(group, program, names, backward=("loss",), **signs):
        """A number for each name; signs: the sign of some."""
        drawn = dict(zip(names, map(float, numbers(rng, len(names)))))
        values = {name: signs[name] * abs(value) if name in signs else value for name, value in drawn.items()}
        return Case(
            group, {"values": values, "program": program, "backward": list(backward)}, code_of(program, names, backward)
        )

    base = case("contract", SHARED[1], "ab")
    gates = case("contract", SHARED[3], "ab", a=1, b=1)
    kinks = ("h = a.relu(); loss = b * h + a", "h = a.relu(); loss = b + h")
    at_zero = [case("contract", program, "ab") for program in kinks]
    neuron = "h = (w * x + b).relu(); d = m + h; loss = d * d"
    return [
        case("forward", "loss = a + b", "ab", backward=()),
        case("forward", "loss = a * b + c", "abc", backward=()),
        case("forward", "loss = (a * b).relu()", "ab", backward=(), a=1, b=1),
        case("forward", "loss = (a * b).relu()", "ab", backward=(), a=1, b=-1),
        case("chain", "loss = a + b", "ab"),
        case("chain", "loss = a * b + c", "abc"),
        case("chain", "u = c * d; v = b + u; loss = a * v", "abcd"),
        case("chain", "u = a * b; h = u.relu(); loss = c * h", "abc", a=1, b=1, c=-1),
        case("chain", "u = a * b; h = u.relu(); loss = c + d * h", "abcd", a=1, b=-1, d=1),
        *(case("shared", program, "abc" if "c" in program else "ab", a=1, b=1) for program in SHARED),
        case("shared", neuron, "wxbm", w=1, x=1, b=1),
        case("shared", LONG, "ab"),
        case("again", SHARED[1], "ab", backward=("loss", "loss")),
        case("again", SHARED[2], "abc", backward=("loss", "loss")),
        case("again", LONG, "ab", backward=("loss", "loss")),
        # The first loss once more, after another one has written its own gradients over it.
        replace(
            case("again", TAKING_TURNS, "abc", backward=("loss", "first", "loss")),
            special=("`backward` is called for two losses by turns", "两个损失轮流调用 `backward`"),
        ),
        # In the second loss u lies behind a ReLU that is closed: its derivative is 0, and nothing of the first is left.
        case("again", f"u = a * b; h = u.relu(); {TWO}", "abc", backward=("first", "loss"), a=1, b=-1),
        *(given(kink, values=kink.inputs["values"] | {"a": 0.0}) for kink in at_zero),
        case("contract", "loss = a", "a"),
        scaled(gates, 0.1, "values"),
        scaled(base, 1e-9, "values"),
        scaled(base, 1e9, "values"),
    ]


def run(solution, inputs):
    """The data of the loss; after the backward calls the grad of every value with a name, from the loss to the inputs."""
    nodes = {name: solution(number) for name, number in inputs["values"].items()}
    exec(inputs["program"], {}, nodes)
    for name in inputs["backward"]:
        nodes[name].backward()
    values = {"loss": nodes["loss"].data}
    if inputs["backward"]:
        shown_nodes = [name for name in reversed(nodes) if name != "first" and not name[-1].isdigit()]
        values |= {f"grad of {name}": nodes[name].grad for name in shown_nodes}
    return values


EXERCISES = [
    Exercise(
        "Value",
        "autograd.Value",
        GROUPS,
        cases,
        run,
        clauses={
            "their data is the sum": "forward",
            "over all the paths": "shared",
            "leaves no trace": "again",
            "has slope 0": "contract",
        },
        atol=0.0,
    )
]
