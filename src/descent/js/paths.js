// Mini-batch gradient descent on a least-squares problem with 32 examples; batch size 32 is batch, 1 is stochastic.
// The functions above mount() are pure and are tested against explore_paths.py, which has the same generator.

const ROWS = 32,
  NOISE = 0.4,
  START = [-1.3, 1.2],
  EPOCHS = 20;

// Numbers in [0, 1): a linear congruential generator whose first three numbers are left out.
function uniform(seed) {
  let state = seed;
  const next = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < 3; i++) next();
  return next;
}

const mean = (u, v) => u.reduce((sum, ui, i) => sum + ui * v[i], 0) / ROWS;
const without = (u, v) => u.map((ui, i) => ui - mean(u, v) * v[i]);
const unit = (u) => u.map((ui) => ui / Math.sqrt(mean(u, u)));

// The rows [x1, x2, y]: mean((x w - y)^2) has the curvatures 1/kappa and 1 and its minimum at 0.
export function smallProblem(kappa) {
  const draw = uniform(1);
  const column = () => Array.from({ length: ROWS }, () => 2 * draw() - 1);
  const [a, b, c] = [column(), column(), column()];
  const u = unit(a),
    v = unit(without(b, u)),
    y = unit(without(without(c, u), v));
  return u.map((_, i) => [u[i] / Math.sqrt(2 * kappa), v[i] / Math.sqrt(2), NOISE * y[i]]);
}

// The points of a run, the start included.
export function smallPath(batchSize, lr, kappa, seed, epochs = EPOCHS) {
  const rows = smallProblem(kappa),
    draw = uniform(seed),
    points = [START];
  let w = START;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = rows.map((_, i) => i);
    for (let last = ROWS - 1; last > 0; last--) {
      const other = Math.floor(draw() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    for (let first = 0; first < ROWS; first += batchSize) {
      const batch = order.slice(first, first + batchSize);
      const slope = [0, 0];
      for (const i of batch) {
        const [x1, x2, y] = rows[i],
          error = x1 * w[0] + x2 * w[1] - y;
        slope[0] += (2 * error * x1) / batch.length;
        slope[1] += (2 * error * x2) / batch.length;
      }
      w = w.map((wi, i) => wi - lr * slope[i]);
      points.push(w);
    }
  }
  return points;
}

const TEXT = {
  en: {
    method: "Method",
    methods: { gd: "gradient descent (all)", sgd: "SGD (one)", minibatch: "mini-batch" },
    lr: "lr",
    batch: "batch size",
    kappa: "condition number κ",
    seed: "order (seed)",
    path: "path",
    pathName: "The path on the contours; ring: start, disc: last step, plus: minimum. Light is low.",
    distance: "distance",
    distanceName: "Distance from the minimum over 20 epochs, logarithmic.",
    epoch: "epoch",
    words: (steps, one, last) =>
      `${steps} per epoch. Distance from the minimum, start = 1: ${one} after one epoch, ${last} on average (root mean square) over the last five.`,
    steps: (n) => (n === 1 ? "1 step" : `${n} steps`),
  },
  zh: {
    method: "方法",
    methods: { gd: "梯度下降（全部样本）", sgd: "SGD（一个样本）", minibatch: "小批量" },
    lr: "学习率 lr",
    batch: "批量大小",
    kappa: "条件数 κ",
    seed: "样本顺序（种子）",
    path: "轨迹",
    pathName: "等高线上的轨迹；圆环：起点，圆点：最后一步，加号：极小点。颜色越浅越低。",
    distance: "距离",
    distanceName: "20 轮中到极小点的距离（对数坐标）。",
    epoch: "轮",
    words: (steps, one, last) => `每轮 ${steps}。到极小点的距离（起点为 1）：一轮之后 ${one}，最后五轮平均（均方根）${last}。`,
    steps: (n) => `${n} 步`,
  },
};

export function mount(root, options, base) {
  const { tag, slider, choice, row, plot, METHODS } = base,
    text = TEXT[options.lang];
  const state = { ...options };
  const set = (key) => (value) => {
    state[key] = value;
    draw();
  };
  const batch = slider(
    text.batch,
    { min: 1, max: ROWS, step: 1, value: state.batch_size },
    set("batch_size"),
  );
  const kappa = { min: 1, max: 100, step: 1, value: state.kappa },
    seed = { min: 1, max: 20, step: 1, value: state.seed },
    lr = { min: 0, max: 2.2, step: 0.01, value: state.lr, show: (v) => v.toFixed(2) };
  const controls = row(
    choice(text.method, text.methods, state.method, set("method")).element,
    batch.element,
    slider(text.lr, lr, set("lr")).element,
    slider(text.kappa, kappa, set("kappa")).element,
    slider(text.seed, seed, set("seed")).element,
  );
  const numbers = (...values) => values.map((v) => [v, String(v).replace("-", "−")]);
  const plane = plot({
    title: text.path,
    name: text.pathName,
    x: { from: -1.6, to: 1.6, ticks: numbers(-1, 0, 1), label: "w₁ (λ = 1/κ)" },
    y: { from: -1.6, to: 1.6, ticks: numbers(-1, 0, 1), label: "w₂ (λ = 1)" },
  });
  const curve = plot({
    title: text.distance,
    name: text.distanceName,
    x: { from: 0, to: EPOCHS, ticks: numbers(0, 5, 10, 15, 20), label: text.epoch },
    y: {
      from: -3,
      to: 1,
      ticks: [
        [1, "10"],
        [0, "1"],
        [-1, "0.1"],
        [-2, "0.01"],
        [-3, "0.001"],
      ],
      label: "|w| / |w₀|",
    },
  });
  // aria-busy: a screen reader waits until the slider rests
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 3em" });
  root.replaceChildren(controls, row(plane.element, curve.element), words);
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  let shaded = null;
  function draw() {
    const size = { gd: ROWS, sgd: 1, minibatch: state.batch_size }[state.method];
    batch.disable(state.method !== "minibatch");
    if (shaded !== state.kappa) {
      const bands = (w1, w2) => Math.floor(1.5 - Math.log2((w1 * w1) / state.kappa + w2 * w2));
      plane.shade((w1, w2) => 0.26 - 0.021 * Math.max(0, Math.min(12, bands(w1, w2))));
      shaded = state.kappa;
    }
    const points = smallPath(size, state.lr, state.kappa, state.seed),
      perEpoch = (points.length - 1) / EPOCHS;
    const distances = points.map((point) => Math.hypot(...point) / Math.hypot(...START));

    plane.clear();
    const stroke = METHODS[state.method];
    plane.line(points, { stroke, "stroke-width": size < 8 ? 0.8 : 1.5 });
    if (points.length < 200) for (const point of points.slice(1, -1)) plane.mark("dot", point, { fill: stroke });
    plane.mark("plus", [0, 0]);
    plane.mark("ring", START);
    plane.mark("disc", points[points.length - 1], { fill: stroke });
    curve.clear();
    curve.line(
      distances.map((d, t) => [t / perEpoch, Math.max(-30, Math.log10(d))]),
      { stroke, "stroke-width": size < 8 ? 1 : 2 },
    );

    const late = distances.slice(-5 * perEpoch);
    const short = (d) => (d < 1000 ? d.toFixed(3) : d.toExponential(0));
    const last = Math.sqrt(late.reduce((sum, d) => sum + d * d, 0) / late.length);
    words.textContent = text.words(text.steps(perEpoch), short(distances[perEpoch]), short(last));
  }
  draw();
}
