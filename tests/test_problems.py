import numpy as np
import pytest

from descent import problems

ROTATION = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
ALL = [
    problems.rosenbrock,
    problems.beale,
    problems.himmelblau,
    problems.saddle,
    problems.lessard,
    problems.double_well(),
    problems.double_well(0.7),
    problems.quadratic([1, 25], angle=0.3, centre=[1, -2]),
    problems.quadratic([0.5, 2, 7], rotation=ROTATION),
    problems.quadratic([1, -1]),
]
each = pytest.mark.parametrize("problem", ALL, ids=lambda p: p.name)


def sample(problem, num=20):
    """Points around the start, off the corners of Lessard's gradient."""
    rng = np.random.default_rng(7)
    return [problem.start + rng.uniform(-2, 2, problem.start.shape) for _ in range(num)]


@each
def test_gradient_is_the_slope_of_value(problem):
    for x in sample(problem):
        gradient, numeric = problem.gradient(x), np.zeros_like(x)
        for i in np.ndindex(x.shape):
            h = np.zeros_like(x)
            h[i] = 1e-5
            numeric[i] = (problem.value(x + h) - problem.value(x - h)) / 2e-5
        assert np.shape(gradient) == x.shape
        np.testing.assert_allclose(gradient, numeric, rtol=2e-7, atol=2e-6)


@each
def test_nothing_lies_below_the_minimum(problem):
    for x in problem.minima:
        assert problem.value(x) == pytest.approx(problem.minimum, abs=1e-12)
        np.testing.assert_allclose(problem.gradient(x), 0, atol=1e-11)
    if problem.minima:
        assert min(problem.value(x) for x in sample(problem, 500)) >= problem.minimum
    else:
        assert problem.minimum == -np.inf


@each
def test_many_points_at_once(problem):
    points = np.array(sample(problem)).reshape(4, 5, *problem.start.shape)
    values, gradients = problem.value(points), problem.gradient(points)
    assert values.shape == (4, 5) and gradients.shape == points.shape
    for i in np.ndindex(4, 5):
        assert values[i] == pytest.approx(problem.value(points[i]), rel=1e-13)
        np.testing.assert_allclose(gradients[i], problem.gradient(points[i]), rtol=1e-12, atol=1e-13)


@each
def test_documented(problem):
    assert len(problem.source) > 20
    before = problem.start.copy()
    problem.gradient(problem.start)
    problem.value(problem.start)
    assert np.array_equal(problem.start, before)


def test_published_values():
    assert problems.rosenbrock.value(problems.rosenbrock.start) == pytest.approx(24.2)
    assert problems.beale.value([1, 1]) == pytest.approx(14.203125)
    assert problems.himmelblau.value([0, 0]) == 170
    assert len(problems.himmelblau.minima) == 4


def test_quadratic_has_the_given_curvatures():
    problem = problems.quadratic([1, 25], angle=0.3)
    A = problem.gradient(np.eye(2))
    np.testing.assert_allclose(np.linalg.eigvalsh(A), [1, 25])
    np.testing.assert_allclose(problem.gradient([np.cos(0.3), np.sin(0.3)]), [np.cos(0.3), np.sin(0.3)])
    assert problem.start.tolist() == [1, 1]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(eigenvalues=[1, 2, 3], angle=0.1), "angle = 0.1: must be None for 3 variables"),
        (dict(eigenvalues=[1, 2], angle=0.1, rotation=np.eye(2)), "must be None when rotation is given"),
        (dict(eigenvalues=[1, 2], rotation=np.ones((2, 2))), "must be an orthogonal 2 x 2 matrix"),
    ],
)
def test_quadratic_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        problems.quadratic(**arguments)


def test_double_well_has_two_wells():
    problem = problems.double_well(0.1)
    x = np.linspace(-2, 2, 4001)
    slope = problem.gradient(x)
    wells = x[1:][(slope[:-1] < 0) & (slope[1:] >= 0)]
    np.testing.assert_allclose(wells, [-1.012, 0.987], atol=2e-3)
    assert problem.value(wells[0]) < problem.value(wells[1]) and problem.minima[0] < 0
    with pytest.raises(ValueError, match="tilt = 0"):
        problems.double_well(0)


def test_lessard_does_not_jump():
    for corner in (1.0, 2.0):
        below, above = np.nextafter(corner, 0), corner
        assert problems.lessard.value(below) == pytest.approx(problems.lessard.value(above), rel=1e-14)
        assert problems.lessard.gradient(below) == pytest.approx(problems.lessard.gradient(above), rel=1e-14)


def test_lessard_cycle():
    """The three points that the heavy ball with lr 1/9 and momentum 4/9 visits for ever."""
    previous, x = 792 / 1225, -2208 / 1225
    for expected in (2592 / 1225, 792 / 1225, -2208 / 1225):
        previous, x = x, x - problems.lessard.gradient(x) / 9 + 4 / 9 * (x - previous)
        assert x == pytest.approx(expected, rel=1e-12)


def test_saddle_holds_gradient_descent_on_the_line():
    x = problems.saddle.start
    for _ in range(200):
        x = x - 0.1 * problems.saddle.gradient(x)
    np.testing.assert_allclose(x, 0, atol=1e-8)
    assert problems.saddle.value(x) > problems.saddle.minimum
