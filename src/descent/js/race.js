// Five methods from one start, and Adam's moments. RMSProp takes beta2 as its alpha.
// The functions above mount() are pure and are tested against explore_race.py.

const STEPS = 150,
  KAPPA = 50,
  MOMENTUM = 0.9,
  EPS = 1e-8;

// {value (above the minimum), gradient, start, minima} by name.
const LANDSCAPES = {
  valley: (angle) => {
    const c = Math.cos((angle * Math.PI) / 180),
      s = Math.sin((angle * Math.PI) / 180);
    const flat = ([a, b]) => c * a + s * b,
      steep = ([a, b]) => -s * a + c * b;
    const back = (p, q) => [c * p - s * q, s * p + c * q];
    return {
      value: (x) => 0.5 * (flat(x) ** 2 / KAPPA + steep(x) ** 2),
      gradient: (x) => back(flat(x) / KAPPA, steep(x)),
      start: back(-1.3, 0.3),
      minima: [[0, 0]],
    };
  },
  rosenbrock: () => ({
    value: ([a, b]) => (1 - a) ** 2 + 100 * (b - a * a) ** 2,
    gradient: ([a, b]) => [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)],
    start: [-1.2, 1],
    minima: [[1, 1]],
  }),
  saddle: () => ({
    value: ([a, b]) => 0.5 * a * a + 0.25 * b ** 4 - 0.5 * b * b + 0.25,
    gradient: ([a, b]) => [a, b ** 3 - b],
    start: [1, 0.01],
    minima: [[0, 1], [0, -1]],
  }),
};

// Rows [a, b, height above the minimum, gradient (2)], for Adam also [m_hat (2), sqrt(v_hat) (2)].
export function raceRun(landscape, angle, method, exponent, beta1, beta2) {
  const { value, gradient, start } = LANDSCAPES[landscape](angle),
    lr = 10 ** exponent,
    rows = [];
  let x = start,
    m = [0, 0],
    v = [0, 0];
  const mix = (old, beta, fresh) => old.map((o, i) => beta * o + (1 - beta) * fresh[i]);
  for (let t = 1; t <= STEPS + 1; t++) {
    const g = gradient(x),
      squares = g.map((gi) => gi * gi),
      scaled = (top, root) => top.map((one, i) => one / (root[i] + EPS));
    let row = [...x, value(x), ...g],
      step = g;
    if (method === "momentum") step = m = m.map((one, i) => MOMENTUM * one + g[i]);
    else if (method === "adagrad") {
      v = v.map((one, i) => one + squares[i]);
      step = scaled(g, v.map(Math.sqrt));
    } else if (method === "rmsprop") {
      v = mix(v, beta2, squares);
      step = scaled(g, v.map(Math.sqrt));
    } else if (method === "adam") {
      m = mix(m, beta1, g);
      v = mix(v, beta2, squares);
      const hat = m.map((one) => one / (1 - beta1 ** t)),
        root = v.map((one) => Math.sqrt(one / (1 - beta2 ** t)));
      step = scaled(hat, root);
      row = [...row, ...hat, ...root];
    }
    rows.push(row);
    x = x.map((one, i) => one - lr * step[i]);
  }
  return rows;
}

const NAMES = { gd: "GD", momentum: "momentum", adagrad: "AdaGrad", rmsprop: "RMSProp", adam: "Adam" };
const VIEWS = {
  valley: { x: [-1.5, 1.5, -1, 0, 1], y: [-1.5, 1.5, -1, 0, 1], levels: 1 },
  rosenbrock: { x: [-2, 2, -1, 0, 1], y: [-1, 3, 0, 1, 2], levels: 1000 },
  saddle: { x: [-1.4, 1.4, -1, 0, 1], y: [-1.4, 1.4, -1, 0, 1], levels: 1 },
};

const TEXT = {
  en: {
    momentum: "momentum",
    landscape: "Landscape",
    landscapes: { valley: "valley", rosenbrock: "Rosenbrock", saddle: "saddle" },
    angle: "valley angle",
    step: "step",
    lr: (name) => `lr, ${name}`,
    paths: "paths",
    pathsName: "Paths of the five methods up to the chosen step; ring: start, plus: minimum, disc: where a method is. Light is low.",
    loss: "loss above the minimum",
    lossName: "Loss above the minimum by step, logarithmic, one line for each method.",
    moments: "Adam: |m̂| line, √v̂ dashes",
    momentsName: "Size of Adam's first moment and root of its second, for both coordinates, logarithmic.",
    quotient: "m̂ / √v̂",
    quotientName: "Adam's step in units of lr, for both coordinates.",
    words: (t, order) => `Loss above the minimum after ${t} steps: ${order.join(", ")}.`,
    adam: (i, g, m, v, q) => `Adam, coordinate ${i}: gradient ${g}, m̂ ${m}, √v̂ ${v}; its next step is ${q} lr.`,
  },
  zh: {
    momentum: "动量法",
    landscape: "地形",
    landscapes: { valley: "山谷", rosenbrock: "Rosenbrock", saddle: "鞍点" },
    angle: "山谷角度",
    step: "步",
    lr: (name) => `${name} 的 lr`,
    paths: "轨迹",
    pathsName: "五种方法到所选步数为止的轨迹；圆环：起点，加号：极小点，圆点：各方法此刻的位置。颜色越浅越低。",
    loss: "比极小值高出的损失",
    lossName: "每一步比极小值高出的损失（对数坐标），每种方法一条线。",
    moments: "Adam：|m̂| 实线，√v̂ 虚线",
    momentsName: "Adam 一阶矩的大小与二阶矩的平方根，两个坐标（对数坐标）。",
    quotient: "m̂ / √v̂",
    quotientName: "以 lr 为单位的 Adam 步长，两个坐标。",
    words: (t, order) => `${t} 步之后比极小值高出的损失：${order.join("，")}。`,
    adam: (i, g, m, v, q) => `Adam，坐标 ${i}：梯度 ${g}，m̂ ${m}，√v̂ ${v}；下一步走 ${q} lr。`,
  },
};

const numbers = (...values) => values.map((v) => [v, String(v).replace("-", "−")]);
const powers = (...values) => values.map((v) => [v, v ? `1e${v}` : "1"]);

export function mount(root, options, base) {
  const { tag, shape, slider, choice, row, plot, BLUE, GOLD, GREY, METHODS } = base,
    text = TEXT[options.lang],
    names = { ...NAMES, momentum: text.momentum },
    state = { ...options, lrs: { ...options.lrs } };
  const set = (key) => (value) => {
    state[key] = +value;
    draw();
  };
  const steps = { from: 0, to: STEPS, ticks: numbers(0, 50, 100, 150), label: text.step };
  const loss = plot({ title: text.loss, name: text.lossName, x: steps, right: 58, y: { from: -8, to: 3, ticks: powers(-8, -6, -4, -2, 0, 2), label: "" } });
  const moments = plot({ title: text.moments, name: text.momentsName, x: steps, y: { from: -6, to: 3, ticks: powers(-6, -4, -2, 0, 2), label: "" } });
  const quotient = plot({ title: text.quotient, name: text.quotientName, x: steps, y: { from: -2, to: 2, ticks: numbers(-2, -1, 0, 1, 2), label: "" } });
  const first = tag("div"),
    lrs = row();
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 5em; white-space: pre-line" });
  let plane;

  // A method's line as it looks in the plots, before its slider.
  const label = (method) => {
    const line = shape("line", { x1: 0, x2: 26, y1: 5, y2: 5, "stroke-width": 3, stroke: METHODS[method] });
    return tag("span", { style: "min-width: 8.5em" }, shape("svg", { width: 30, height: 10 }, line), text.lr(names[method]));
  };
  const angle = slider(text.angle, { min: 0, max: 45, step: 5, value: state.angle, show: (v) => `${v}°` }, (value) => {
    state.angle = value;
    build();
    draw();
  });

  // Another landscape has other axes and other learning rates that are best.
  function build() {
    const view = VIEWS[state.landscape],
      { value } = LANDSCAPES[state.landscape](state.angle);
    const axis = ([from, to, ...ticks], name) => ({ from, to, ticks: numbers(...ticks), label: name });
    plane = plot({ title: text.paths, name: text.pathsName, x: axis(view.x, "x₁"), y: axis(view.y, "x₂") });
    plane.shade((a, b) => 0.26 - 0.02 * Math.max(0, Math.min(13, Math.floor(2 - Math.log2(value([a, b]) / view.levels)))));
    first.replaceChildren(row(plane.element, loss.element), row(moments.element, quotient.element));
    angle.disable(state.landscape !== "valley");
    lrs.replaceChildren(
      ...Object.keys(NAMES).map((method) => {
        const show = (v) => String(+(10 ** v).toPrecision(2));
        const at = { min: -3, max: 0.5, step: 0.05, value: state.lrs[method], show };
        return slider(label(method), at, (v) => {
          state.lrs[method] = v;
          draw();
        }).element;
      }),
    );
  }
  const change = (landscape) => {
    state.landscape = landscape;
    state.lrs = { ...options.best[landscape] };
    build();
    draw();
  };
  const menu = (values) => Object.fromEntries(values.map((v) => [String(v), String(v)]));
  root.replaceChildren(
    row(
      choice(text.landscape, text.landscapes, state.landscape, change).element,
      angle.element,
      choice("β₁", menu([0, 0.5, 0.9, 0.99]), String(state.beta1), set("beta1")).element,
      choice("β₂", menu([0.5, 0.9, 0.99, 0.999]), String(state.beta2), set("beta2")).element,
      slider(text.step, { min: 0, max: STEPS, step: 1, value: state.step }, set("step")).element,
    ),
    lrs,
    first,
    words,
  );
  // aria-busy: a screen reader waits until the slider rests
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  function draw() {
    const { step } = state,
      log = (v, least) => Math.max(least, Math.log10(v));
    const runs = Object.keys(NAMES).map((method) => [
      method,
      raceRun(state.landscape, state.angle, method, state.lrs[method], state.beta1, state.beta2),
    ]);
    for (const one of [plane, loss, moments, quotient]) one.clear();
    const when = [[step, -9], [step, 9]];
    for (const one of [loss, moments, quotient]) one.line(when, { stroke: GREY, "stroke-width": 1, "stroke-dasharray": "2 3" });
    for (const [method, run] of runs) {
      const stroke = METHODS[method];
      plane.line(run.slice(0, step + 1).map(([a, b]) => [a, b]), { stroke });
      loss.line(run.map((r, t) => [t, log(r[2], -12)]), { stroke });
    }
    loss.names(runs.map(([method, run]) => [log(run[STEPS][2], -12), names[method], METHODS[method]]));
    const { start, minima } = LANDSCAPES[state.landscape](state.angle);
    for (const point of minima) plane.mark("plus", point);
    plane.mark("ring", start);
    for (const [method, run] of runs) plane.mark("disc", [run[step][0], run[step][1]], { fill: METHODS[method] });
    const adam = runs.find(([method]) => method === "adam")[1],
      now = adam[step];
    [BLUE, GOLD].forEach((stroke, i) => {
      moments.line(adam.map((r, t) => [t, log(Math.abs(r[5 + i]), -7)]), { stroke, "stroke-width": 1 });
      moments.line(adam.map((r, t) => [t, log(r[7 + i], -7)]), { stroke, "stroke-dasharray": "5 3" });
      quotient.line(adam.map((r, t) => [t, r[5 + i] / (r[7 + i] + EPS)]), { stroke });
    });
    const short = (v) => (v === 0 || (Math.abs(v) >= 0.01 && Math.abs(v) < 1000) ? v.toFixed(3) : v.toExponential(1)).replaceAll("-", "−");
    const heights = runs.map(([method, run]) => [names[method], run[step][2]]).sort((p, q) => (p[1] >= 0 ? p[1] : Infinity) - (q[1] >= 0 ? q[1] : Infinity));
    const lines = [text.words(step, heights.map(([name, height]) => `${name} ${short(height)}`))];
    for (const i of [0, 1])
      lines.push(text.adam(i + 1, short(now[3 + i]), short(now[5 + i]), short(now[7 + i]), short(-now[5 + i] / (now[7 + i] + EPS))));
    words.textContent = lines.join("\n");
  }
  build();
  draw();
}
