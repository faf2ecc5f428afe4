// Gradient descent at a saddle and at a cliff, with a limit for the gradient's length.
// The functions above mount() are pure and are tested against explore_landscape.py.

const TIMES = 50,
  X0 = 0.5,
  TARGET = 0.7,
  STEPS = 300,
  NO_LIMIT = 2;

// sigmoid written with tanh, as the course has it
const sigmoid = (x) => 0.5 * (1 + Math.tanh(0.5 * x));

// {value(point), gradient(point)} by name.
const LANDSCAPES = {
  saddle: {
    value: ([a, b]) => 0.5 * a * a + 0.25 * b ** 4 - 0.5 * b * b,
    gradient: ([a, b]) => [a, b ** 3 - b],
    start: (s) => [1, 10 ** s],
  },
  cliff: {
    value: ([w, b]) => {
      let x = X0;
      for (let t = 0; t < TIMES; t++) x = w * sigmoid(x) + b;
      return (sigmoid(x) - TARGET) ** 2;
    },
    gradient: ([w, b]) => {
      let x = X0,
        byW = 0,
        byB = 0;
      for (let t = 0; t < TIMES; t++) {
        const s = sigmoid(x),
          slope = w * s * (1 - s);
        [x, byW, byB] = [w * s + b, s + slope * byW, 1 + slope * byB];
      }
      const s = sigmoid(x),
        outer = 2 * (s - TARGET) * s * (1 - s);
      return [outer * byW, outer * byB];
    },
    start: (s) => [4.9, s],
  },
};

// Rows [a, b, loss, length of the gradient before clipping], the start included.
export function landscapeRun(landscape, lr, start, exponent) {
  const { value, gradient, start: place } = LANDSCAPES[landscape];
  const limit = exponent < NO_LIMIT ? 10 ** exponent : Infinity;
  const rows = [];
  let point = place(start);
  for (let t = 0; t <= STEPS; t++) {
    const slope = gradient(point),
      length = Math.hypot(...slope),
      scale = length > limit ? limit / length : 1;
    rows.push([...point, value(point), length]);
    point = point.map((p, i) => p - lr * slope[i] * scale);
  }
  return rows;
}

const TEXT = {
  en: {
    landscape: "Landscape",
    landscapes: { saddle: "saddle", cliff: "cliff" },
    lr: "lr",
    start: { saddle: "start: b = 10^", cliff: "start: b =" },
    limit: "max_norm",
    off: "off",
    clipped: "clipped",
    free: "not clipped",
    path: "path",
    pathName: "The path on the landscape; ring: start, disc: last step; red: the same run without clipping. Light is low.",
    loss: "loss",
    lossName: "Loss by step, one dot each; red: without clipping.",
    norm: "gradient norm |g|",
    normName: "Length of the gradient before clipping by step, logarithmic.",
    step: "step",
    words: (loss, place, longest, clipped, outside) =>
      `Loss after 300 steps: ${loss}, at ${place}. Longest gradient: ${longest}; clipped in ${clipped} of 300 steps.` +
      (outside ? " The last point lies outside the plot." : ""),
  },
  zh: {
    landscape: "地形",
    landscapes: { saddle: "鞍点", cliff: "悬崖" },
    lr: "学习率 lr",
    start: { saddle: "起点：b = 10^", cliff: "起点：b =" },
    limit: "max_norm",
    off: "不裁剪",
    clipped: "裁剪",
    free: "不裁剪",
    path: "轨迹",
    pathName: "地形上的轨迹；圆环：起点，圆点：最后一步；红色：同一次运行，但不裁剪。颜色越浅，损失越低。",
    loss: "损失",
    lossName: "每一步的损失，每步一点；红色：不裁剪。",
    norm: "梯度长度 |g|",
    normName: "每一步裁剪前的梯度长度（对数坐标）。",
    step: "步",
    words: (loss, place, longest, clipped, outside) =>
      `300 步后的损失：${loss}，位于 ${place}。最长的梯度：${longest}；300 步中裁剪了 ${clipped} 步。` +
      (outside ? "最后一点落在图外。" : ""),
  },
};

const numbers = (...values) => values.map((v) => [v, String(v).replace("-", "−")]);
const VIEWS = {
  saddle: { x: [-1.4, 1.4, -1, 0, 1], y: [-1.4, 1.4, -1, 0, 1], label: "a", loss: [-0.3, 0.6, 0, 0.5], start: [-16, -0.5, 0.5] },
  cliff: { x: [3.5, 6, 4, 5, 6], y: [-3.4, -1.6, -3, -2], label: "w", loss: [0, 0.45, 0, 0.2, 0.4], start: [-2.8, -2.2, 0.005] },
};

// The settings that a landscape opens with when it is chosen.
export const OPENING = {
  saddle: { lr: 0.1, start: -8, max_norm: NO_LIMIT },
  cliff: { lr: 0.3, start: -2.55, max_norm: 0 },
};

export function mount(root, options, base) {
  const { tag, slider, choice, row, plot, BLUE, RED, TEAL } = base,
    text = TEXT[options.lang];
  const state = { ...options };
  const short = (v) => (Math.abs(v) < 1e-3 || Math.abs(v) >= 1000 ? v.toExponential(1) : v.toFixed(4));
  const set = (key) => (value) => {
    state[key] = value;
    draw();
  };
  const figure = tag("div"),
    sliders = row();
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 3em" });
  let plane, loss, norm;

  // Another landscape has other axes and opens with other settings.
  function build() {
    const view = VIEWS[state.landscape],
      axis = ([low, high, ...ticks], label) => ({ from: low, to: high, ticks: numbers(...ticks), label });
    const [min, max, step] = view.start;
    const places = { min, max, step, value: state.start, show: (v) => v.toFixed(state.landscape === "saddle" ? 1 : 3) };
    const limits = { min: -2, max: NO_LIMIT, step: 0.25, value: state.max_norm };
    limits.show = (v) => (v < NO_LIMIT ? String(+(10 ** v).toPrecision(2)) : text.off);
    const rates = { min: 0, max: 1, step: 0.01, value: state.lr, show: (v) => v.toFixed(2) };
    sliders.replaceChildren(
      slider(text.lr, rates, set("lr")).element,
      slider(text.start[state.landscape], places, set("start")).element,
      slider(text.limit, limits, set("max_norm")).element,
    );
    plane = plot({ title: text.path, name: text.pathName, x: axis(view.x, view.label), y: axis(view.y, "b") });
    const steps = axis([0, STEPS, 0, 100, 200, 300], text.step);
    loss = plot({ title: text.loss, name: text.lossName, right: 62, x: steps, y: axis(view.loss, "f") });
    const powers = [-16, -12, -8, -4, 0].map((v) => [v, v ? `1e${v}` : "1"]);
    norm = plot({ title: text.norm, name: text.normName, x: steps, y: { from: -17, to: 3, ticks: powers, label: "" } });
    figure.replaceChildren(row(plane.element, loss.element, norm.element));
    const { value } = LANDSCAPES[state.landscape],
      [from, to] = view.loss;
    plane.shade((a, b) => 0.035 * Math.floor(11 * Math.min(1, Math.max(0, (value([a, b]) - from) / (to - from)))));
  }
  const change = (landscape) => {
    Object.assign(state, { landscape }, OPENING[landscape]);
    build();
    draw();
  };
  root.replaceChildren(row(choice(text.landscape, text.landscapes, state.landscape, change).element), sliders, figure, words);
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  // A run on the three plots: every step a dot, since at a cliff neighbouring steps lie far apart.
  function trace(run, stroke) {
    const dots = (one, points) => {
      one.line(points, { stroke, "stroke-width": 0.8, "stroke-opacity": 0.35 });
      for (const point of points) one.mark("dot", point, { fill: stroke });
    };
    dots(plane, run.map(([a, b]) => [a, b]));
    dots(loss, run.map((r, t) => [t, r[2]]));
    norm.line(run.map((r, t) => [t, Math.max(-17, Math.log10(r[3]))]), { stroke, "stroke-width": 1 });
  }
  function draw() {
    const { landscape, lr, start, max_norm } = state,
      clipping = max_norm < NO_LIMIT,
      free = landscapeRun(landscape, lr, start, NO_LIMIT),
      run = clipping ? landscapeRun(landscape, lr, start, max_norm) : free,
      colour = clipping ? TEAL : landscape === "saddle" ? BLUE : RED,
      last = run[STEPS];
    for (const one of [plane, loss, norm]) one.clear();
    if (clipping) trace(free, RED);
    trace(run, colour);
    loss.names([[last[2], clipping ? text.clipped : "", colour], [free[STEPS][2], clipping ? text.free : "", RED]]);
    plane.mark("ring", run[0]);
    plane.mark("disc", last, { fill: colour });
    const limit = clipping ? 10 ** max_norm : Infinity;
    const { x, y } = VIEWS[landscape],
      inside = last[0] >= x[0] && last[0] <= x[1] && last[1] >= y[0] && last[1] <= y[1];
    words.textContent = text.words(
      short(last[2]),
      `(${last[0].toFixed(2)}, ${last[1].toFixed(2)})`,
      short(Math.max(...run.map((r) => r[3]))),
      run.slice(0, STEPS).filter((r) => r[3] > limit).length,
      !inside,
    );
  }
  build();
  draw();
}
