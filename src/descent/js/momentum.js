// Gradient descent, heavy ball and Nesterov on a quadratic f(x) = sum of curvature / 2 * x^2.
// The functions above mount() are pure and are tested against NumPy.

// The points of a run from `start`, the start included.
export function path(method, lr, momentum, curvatures, start, steps) {
  const m = method === "gd" ? 0 : momentum,
    ahead = method === "nesterov" ? lr * m : 0;
  let x = start,
    velocity = start.map(() => 0);
  const points = [x];
  for (let t = 0; t < steps; t++) {
    velocity = velocity.map((v, i) => m * v + curvatures[i] * (x[i] - ahead * v));
    x = x.map((xi, i) => xi - lr * velocity[i]);
    points.push(x);
  }
  return points;
}

// Along one direction x[t+1] = trace * x[t] - det * x[t-1], with a = lr * curvature.
function roots(method, a, momentum) {
  const m = method === "gd" ? 0 : momentum;
  const [trace, det] = method === "nesterov" ? [(1 + m) * (1 - a), m * (1 - a)] : [1 + m - a, m];
  const inside = trace * trace - 4 * det;
  if (inside < 0) return { radius: Math.sqrt(det), turns: "oscillating" };
  return { radius: (Math.abs(trace) + Math.sqrt(inside)) / 2, turns: trace < 0 ? "flipping" : "monotone" };
}

export const spectralRadius = (method, a, momentum) => roots(method, a, momentum).radius;

// "monotone", "oscillating" over several steps, "flipping" to the other side at every step, "diverging", or "still"
// where neither converges nor diverges.
export function regime(method, a, momentum) {
  const { radius, turns } = roots(method, a, momentum);
  if (radius > 1 + 1e-9) return "diverging";
  if (radius > 1 - 1e-9) return "still";
  return turns;
}

// The first step at which the distance from the minimum is at most `share` of what it was; null if not in `limit`.
export function stepsTo(share, method, lr, momentum, curvatures, start, limit = 100000) {
  const m = method === "gd" ? 0 : momentum,
    ahead = method === "nesterov" ? lr * m : 0;
  const x = [...start],
    velocity = start.map(() => 0),
    goal = share * Math.hypot(...start);
  for (let t = 0; t <= limit; t++) {
    const distance = Math.hypot(...x);
    if (distance <= goal) return t;
    if (!(distance < 1e100)) return null;
    for (let i = 0; i < x.length; i++) {
      velocity[i] = m * velocity[i] + curvatures[i] * (x[i] - ahead * velocity[i]);
      x[i] -= lr * velocity[i];
    }
  }
  return null;
}

const TEXT = {
  en: {
    method: "Method",
    lr: "lr",
    momentum: "momentum",
    kappa: "condition number κ",
    methods: { gd: "gradient descent", heavy_ball: "momentum", nesterov: "Nesterov" },
    path: "path",
    distance: "distance",
    phase: "spectral radius",
    shades: "  (strong is fast)",
    grows: "diverges",
    pathName: "The path on the contours; ring: start, disc: last step, plus: minimum. Light is low.",
    distanceName:
      "Distance from the minimum at each step, logarithmic; dashed: spectral radius to the power of the step.",
    phaseName:
      "Spectral radius over lr times curvature and momentum, stronger is faster, red diverges; ring: flat direction, square: steep direction.",
    regimes: {
      monotone: "creeps",
      oscillating: "swings",
      flipping: "flips sides",
      diverging: "diverges",
      still: "neither converges nor diverges",
    },
    direction: (r, regime) => `${r} (${regime})`,
    radius: (r, flat, steep) =>
      `Spectral radius ${r}. ○ Flat direction: ${flat}. □ Steep direction: ${steep}.`,
    steps: (n) => ` A millionth of the starting distance is reached after ${n} steps.`,
    never: " A millionth of the starting distance is not reached.",
  },
  zh: {
    method: "方法",
    lr: "学习率 lr",
    momentum: "动量 momentum",
    kappa: "条件数 κ",
    methods: { gd: "梯度下降", heavy_ball: "动量法", nesterov: "Nesterov" },
    path: "轨迹",
    distance: "距离",
    phase: "谱半径",
    shades: "（越深越快）",
    grows: "发散",
    pathName: "等高线上的轨迹；圆环：起点，圆点：最后一步，加号：极小点。颜色越浅越低。",
    distanceName: "每一步到极小点的距离（对数坐标）；虚线：谱半径的步数次幂。",
    phaseName: "谱半径随 lr 乘曲率与 momentum 的变化，越深越快，红色区域发散；圆环：平坦方向，方块：陡峭方向。",
    regimes: { monotone: "慢慢爬", oscillating: "来回摆", flipping: "每步换边", diverging: "发散", still: "既不收敛也不发散" },
    direction: (r, regime) => `${r}（${regime}）`,
    radius: (r, flat, steep) => `谱半径 ${r}。○ 平坦方向：${flat}。□ 陡峭方向：${steep}。`,
    steps: (n) => `经过 ${n} 步，距离降到起始的百万分之一。`,
    never: "距离降不到起始的百万分之一。",
  },
};

const STEPS = 150,
  START = [1, 1],
  BANDS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

export function mount(root, options, base) {
  const text = TEXT[options.lang],
    state = { ...options };
  const { RED, TEAL, GREY, FAINT, METHODS, slider, choice, row, plot, tag } = base;
  const set = (key) => (value) => {
    state[key] = value;
    draw();
  };

  const momentum = slider(
    text.momentum,
    { min: 0, max: 0.99, step: 0.01, value: state.momentum, show: (v) => v.toFixed(2) },
    set("momentum"),
  );
  const controls = row(
    choice(text.method, text.methods, state.method, set("method")).element,
    slider(
      text.kappa,
      {
        min: 0,
        max: 3,
        step: 0.02,
        value: Math.log10(state.kappa),
        show: (v) => String(Math.round(10 ** v)),
      },
      (v) => set("kappa")(Math.round(10 ** v)),
    ).element,
    slider(text.lr, { min: 0, max: 4, step: 0.01, value: state.lr, show: (v) => v.toFixed(2) }, set("lr"))
      .element,
    momentum.element,
  );
  const numbers = (...values) => values.map((v) => [v, String(v).replace("-", "−")]);
  const plane = plot({
    title: text.path,
    name: text.pathName,
    x: { from: -1.4, to: 1.4, ticks: numbers(-1, 0, 1), label: "x₁ (λ = 1/κ)" },
    y: { from: -1.4, to: 1.4, ticks: numbers(-1, 0, 1), label: "x₂ (λ = 1)" },
  });
  const curve = plot({
    title: text.distance,
    name: text.distanceName,
    x: { from: 0, to: STEPS, ticks: numbers(0, 50, 100, 150), label: "t" },
    y: {
      from: -8,
      to: 2,
      ticks: [
        [0, "1"],
        [-3, "10⁻³"],
        [-6, "10⁻⁶"],
      ],
      label: "|x| / |x₀|",
    },
  });
  const phase = plot({
    title: text.phase,
    name: text.phaseName,
    x: { from: 0, to: 4, ticks: numbers(0, 1, 2, 3, 4), label: "lr · λ" + text.shades },
    y: { from: 0, to: 1, ticks: numbers(0, 0.5, 1), label: text.momentum },
  });
  // aria-busy: a screen reader waits until the slider rests
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 3em" });
  root.replaceChildren(controls, row(plane.element, curve.element, phase.element), words);
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  let shaded = {};
  function shadeWhenChanged() {
    // the map depends on the method alone, the contours on kappa alone
    const map = state.method === "nesterov" ? "nesterov" : "heavy_ball"; // gradient descent is its row momentum = 0
    if (shaded.map !== map) {
      phase.shade((a, m) => {
        const radius = spectralRadius(map, a, m);
        return radius > 1 ? [0.2, RED] : [0.8 - 0.1 * BANDS.findIndex((edge) => radius <= edge), TEAL];
      });
    }
    if (shaded.kappa !== state.kappa) {
      plane.shade(
        (x1, x2) =>
          0.26 - 0.021 * Math.max(0, Math.min(12, Math.floor(1 - Math.log2((x1 * x1) / state.kappa + x2 * x2)))),
      );
    }
    shaded = { map, kappa: state.kappa };
  }

  function draw() {
    const { method, lr, kappa } = state,
      m = method === "gd" ? 0 : state.momentum;
    const curvatures = [1 / kappa, 1],
      points = path(method, lr, m, curvatures, START, STEPS);
    const [flat, steep] = curvatures.map((c) => spectralRadius(method, lr * c, m)),
      radius = Math.max(flat, steep);
    momentum.disable(method === "gd");
    shadeWhenChanged();

    plane.clear();
    const stroke = METHODS[method];
    plane.line(points, { stroke });
    for (const point of points.slice(1, -1)) plane.mark("dot", point, { fill: stroke });
    plane.mark("plus", [0, 0]);
    plane.mark("ring", START);
    plane.mark("disc", points[STEPS], { fill: stroke });

    const log = (value) => Math.max(-30, Math.log10(value));
    curve.clear();
    curve.line(
      [
        [0, -6],
        [STEPS, -6],
      ],
      { stroke: FAINT, "stroke-width": 1 },
    );
    curve.line(
      points.map((point, t) => [t, log(Math.hypot(...point) / Math.hypot(...START))]),
      { stroke, "stroke-width": 2 },
    );
    curve.line(
      points.map((_, t) => [t, t * log(radius)]),
      { stroke: GREY, "stroke-dasharray": "5 3" },
    );

    phase.clear();
    if (spectralRadius(method, 3.4, 0.35) > 1) phase.write(text.grows, [3.4, 0.35], { fill: RED, "font-weight": "bold" });
    phase.mark("ring", [lr / kappa, m]);
    phase.mark("square", [lr, m]);

    const say = (c, r) => text.direction(r.toFixed(4), text.regimes[regime(method, lr * c, m)]);
    const n = stepsTo(1e-6, method, lr, m, curvatures, START);
    words.textContent =
      text.radius(radius.toFixed(4), say(curvatures[0], flat), say(1, steep)) +
      (n === null ? text.never : text.steps(n));
  }
  draw();
}
