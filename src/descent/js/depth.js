// A batch on its way through thirty untrained layers, and a gradient on its way back.
// The functions above mount() are pure and are tested against explore_depth.py.

const DEPTH = 30,
  ROWS = 64,
  BINS = 41,
  REACH = 3,
  EPS = 1e-5,
  SEED = 6,
  LOWEST = -16,
  HIGHEST = 8;

// The standard deviation of a weight between layers of n units.
const INITS = {
  zero: () => 0,
  small: () => 0.01,
  standard: (n) => (3 * n) ** -0.5,
  xavier: (n) => n ** -0.5,
  he: (n) => (2 / n) ** 0.5,
};

// Each activation, and its derivative written with input z and output h.
const ACTIVATIONS = {
  relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  tanh: [Math.tanh, (z, h) => 1 - h * h],
  sigmoid: [(z) => 0.5 * (1 + Math.tanh(0.5 * z)), (z, h) => h * (1 - h)],
  linear: [(z) => z, () => 1],
};

// A counter scrambled by the last step of MurmurHash3, as numbers in (0, 1).
function uniform(stream, place) {
  let h = (place + Math.imul(stream, 0x9e3779b9)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

// Standard normal numbers (Box and Muller), multiplied by scale.
export function normals(stream, num, scale = 1) {
  return Float64Array.from({ length: num }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(2 * stream, i)));
    return scale * radius * Math.cos(2 * Math.PI * uniform(2 * stream + 1, i));
  });
}

// a (ROWS, n) times W (n, n), or times its transpose.
function times(a, W, n, transposed) {
  const out = new Float64Array(ROWS * n);
  for (let r = 0; r < ROWS; r++)
    for (let i = 0; i < n; i++) {
      const factor = a[r * n + i];
      if (factor === 0) continue;
      if (transposed) for (let j = 0; j < n; j++) out[r * n + j] += factor * W[j * n + i];
      else for (let j = 0; j < n; j++) out[r * n + j] += factor * W[i * n + j];
    }
  return out;
}

// Calls change(column's entries) -> new entries for every column of z.
function byColumn(z, n, change) {
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from({ length: ROWS }, (_, r) => z[r * n + j]);
    change(column, j).forEach((value, r) => (z[r * n + j] = value));
  }
}

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

// {outputs, grads}: one (ROWS, width) array for each of the layers 0 to DEPTH.
export function signals(init, activation, gain, width, norm) {
  const n = width,
    [forward, slope] = ACTIVATIONS[activation],
    scale = gain * INITS[init](n);
  const outputs = [normals(SEED, ROWS * n)],
    seen = [];
  for (let k = 1; k <= DEPTH; k++) {
    const W = normals(SEED + k, n * n, scale),
      z = times(outputs[k - 1], W, n, false),
      invStd = [];
    if (norm)
      byColumn(z, n, (column, j) => {
        const middle = mean(column),
          centred = column.map((v) => v - middle);
        invStd[j] = 1 / Math.sqrt(mean(centred.map((v) => v * v)) + EPS);
        return centred.map((v) => v * invStd[j]);
      });
    outputs.push(z.map(forward));
    seen.push({ W, z, invStd });
  }
  const grads = [normals(SEED + DEPTH + 1, ROWS * n)];
  for (let k = DEPTH; k > 0; k--) {
    const { W, z, invStd } = seen[k - 1],
      h = outputs[k],
      grad = grads[0].map((g, i) => g * slope(z[i], h[i]));
    if (norm)
      byColumn(grad, n, (column, j) => {
        const hat = column.map((_, r) => z[r * n + j]),
          middle = mean(column),
          along = mean(column.map((g, r) => g * hat[r]));
        return column.map((g, r) => invStd[j] * (g - middle - hat[r] * along));
      });
    grads.unshift(times(grad, W, n, true));
  }
  return { outputs, grads };
}

export const size = (values) => Math.sqrt(mean(values.map((v) => v * v)));

// The share of the values in each bin from -REACH to REACH; what lies beyond counts at the ends.
export function shares(values) {
  const counts = new Array(BINS).fill(0);
  for (const v of values)
    counts[Math.max(0, Math.min(BINS - 1, Math.floor(((v + REACH) / (2 * REACH)) * BINS)))] += 1 / values.length;
  return counts;
}

const INIT_NAMES = { small: "0.01", standard: "√(1/3n)", xavier: "Xavier √(1/n)", he: "He √(2/n)" };
const TEXT = {
  en: {
    init: "Std of a weight",
    inits: { zero: "0", ...INIT_NAMES },
    activation: "Activation",
    activations: { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid", linear: "linear" },
    gain: "× gain",
    width: "Width n",
    norm: "Batch norm",
    norms: { off: "off", on: "on" },
    layer: "Layer",
    all: "all layers",
    allName: "Histogram of the activations of every layer, one column each; strong: many values.",
    sizes: "size by layer",
    sizesName: "Root mean square of the signal, forwards, and of the gradient, backwards, by layer, logarithmic.",
    one: "chosen layer",
    oneName: "Histogram of the activations of the chosen layer.",
    share: "share",
    value: "activation",
    signal: "signal",
    gradient: "gradient",
    words: (end, ratio, layer, state) =>
      `Signal after layer 30: ${end} (at the input 1). Gradient at the input: ${ratio} times that at the output. ` +
      `Layer ${layer}: ${state}.`,
    zeros: (s) => `${s} % of the activations are exactly 0`,
    flat: (s) => `${s} % of the activations lie where the slope is below a tenth of its maximum`,
    size: (s) => `size ${s}`,
  },
  zh: {
    init: "权重的标准差",
    inits: { zero: "0", ...INIT_NAMES },
    activation: "激活函数",
    activations: { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid", linear: "线性" },
    gain: "× 增益",
    width: "宽度 n",
    norm: "批量归一化",
    norms: { off: "关", on: "开" },
    layer: "第几层",
    all: "所有层",
    allName: "每层激活值的直方图，每层一列；颜色越深，值越多。",
    sizes: "各层的大小",
    sizesName: "信号（向前）与梯度（向后）的均方根随层数的变化，对数坐标。",
    one: "所选的层",
    oneName: "所选层激活值的直方图。",
    share: "占比",
    value: "激活值",
    signal: "信号",
    gradient: "梯度",
    words: (end, ratio, layer, state) =>
      `第 30 层之后的信号：${end}（输入处为 1）。输入处的梯度是输出处的 ${ratio} 倍。第 ${layer} 层：${state}。`,
    zeros: (s) => `${s}% 的激活值恰好为 0`,
    flat: (s) => `${s}% 的激活值位于斜率不到最大值十分之一的地方`,
    size: (s) => `大小为 ${s}`,
  },
};

export function mount(root, options, base) {
  const { tag, slider, choice, row, plot, BLUE, RED } = base,
    text = TEXT[options.lang];
  const state = { ...options };
  const short = (v) => (v === 0 ? "0" : v < 0.01 || v >= 1000 ? v.toExponential(1) : v.toPrecision(3));
  const layers = { from: -0.5, to: DEPTH + 0.5, ticks: [0, 10, 20, 30].map((v) => [v, String(v)]), label: text.layer };
  const ticks = [-3, 0, 3].map((v) => [v, String(v).replace("-", "−")]);
  const values = { from: -REACH, to: REACH, ticks, label: text.value };
  const powers = [-15, -10, -5, 0, 5].map((v) => [v, v ? `1e${v}` : "1"]);
  const percent = [0, 0.5, 1].map((v) => [v, String(v)]);
  const all = plot({ title: text.all, name: text.allName, x: layers, y: values });
  const depth = { title: text.sizes, name: text.sizesName, x: layers };
  const both = plot({ ...depth, right: 46, y: { from: LOWEST, to: HIGHEST, ticks: powers, label: "" } });
  const share = { from: 0, to: 1, ticks: percent, label: text.share };
  const one = plot({ title: text.one, name: text.oneName, x: values, y: share });
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 3em" });
  let run;
  const set = (key) => (value) => {
    state[key] = value;
    if (key !== "layer") compute();
    draw();
  };
  const gain = { min: 0.5, max: 2, step: 0.05, value: state.gain, show: (v) => v.toFixed(2) };
  root.replaceChildren(
    row(
      choice(text.init, text.inits, state.init, set("init")).element,
      choice(text.activation, text.activations, state.activation, set("activation")).element,
      slider(text.gain, gain, set("gain")).element,
      slider(text.width, { min: 10, max: 100, step: 10, value: state.width }, set("width")).element,
      choice(text.norm, text.norms, state.norm ? "on" : "off", (v) => set("norm")(v === "on")).element,
      slider(text.layer, { min: 0, max: DEPTH, step: 1, value: state.layer }, set("layer")).element,
    ),
    row(all.element, both.element, one.element),
    words,
  );
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  function compute() {
    const { outputs, grads } = signals(state.init, state.activation, state.gain, state.width, state.norm);
    run = { outputs, forward: outputs.map(size), backward: grads.map(size), columns: outputs.map(shares) };
    const tint = run.columns.map((column) => column.map((s) => 0.9 * Math.sqrt(s / Math.max(...column))));
    all.shade((layer, value) => tint[Math.round(layer)][Math.min(BINS - 1, Math.floor(((value + REACH) / (2 * REACH)) * BINS))]);
  }
  function status() {
    const h = run.outputs[state.layer],
      part = (test) => ((100 * h.filter(test).length) / h.length).toFixed(0);
    if (state.layer && state.activation === "relu") return text.zeros(part((v) => v === 0));
    if (state.layer && state.activation === "tanh") return text.flat(part((v) => 1 - v * v < 0.1));
    if (state.layer && state.activation === "sigmoid") return text.flat(part((v) => v * (1 - v) < 0.025));
    return text.size(short(run.forward[state.layer]));
  }
  function draw() {
    for (const plot of [all, both, one]) plot.clear();
    const line = (sizes) => sizes.map((s, k) => [k, Math.max(LOWEST, Math.log10(s))]);
    const [there, back] = [line(run.forward), line(run.backward)];
    both.line(there, { "stroke-width": 2 });
    both.line(back, { stroke: RED, "stroke-width": 2 });
    both.names([[there[DEPTH][1], text.signal, BLUE], [back[DEPTH][1], text.gradient, RED]]);
    const edge = (i) => -REACH + (2 * REACH * i) / BINS;
    one.line(run.columns[state.layer].flatMap((s, i) => [[edge(i), s], [edge(i + 1), s]]));
    for (const end of [-REACH, REACH]) all.line([[state.layer, 0], [state.layer, end]], { stroke: RED });
    const { forward, backward } = run;
    words.textContent = text.words(short(forward[DEPTH]), short(backward[0] / backward[DEPTH]), state.layer, status());
  }
  compute();
  draw();
}
