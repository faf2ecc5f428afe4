// A ball |w1|^p + |w2|^p <= r^p meets the contours of a quadratic loss; as a limit r, or as a penalty strength * R(w).
// The functions above mount() are pure and are tested against explore_penalties.py.

const CORRELATION = 0.6,
  DISTANCE = 1.5,
  LARGEST = 2,
  ANGLES = 256,
  RADII = 100,
  GOLDEN = (Math.sqrt(5) - 1) / 2;

// Where the loss alone has its minimum: at an angle, in degrees.
export const centre = (angle) => [DISTANCE * Math.cos((angle * Math.PI) / 180), DISTANCE * Math.sin((angle * Math.PI) / 180)];

export function loss([w1, w2], [c1, c2]) {
  const d1 = w1 - c1,
    d2 = w2 - c2;
  return (d1 * d1 + d2 * d2) / 2 + CORRELATION * d1 * d2;
}

const norm = ([w1, w2], p) => (Math.abs(w1) ** p + Math.abs(w2) ** p) ** (1 / p);

// A point on the edge of the ball: once round as `turn` goes from 0 to 4, and at a corner for whole numbers, exactly.
export function edge(turn, p, r) {
  const along = [turn, turn - 1].map((one) => Math.abs((((one % 4) + 4) % 4) - 2) - 1); // two triangle waves
  const size = norm(along, p);
  return along.map((one) => (one === 0 ? 0 : (r * one) / size));
}

// Golden section: where a function with one minimum between low and high has it.
function golden(f, low, high) {
  let a = high - GOLDEN * (high - low),
    b = low + GOLDEN * (high - low),
    fa = f(a),
    fb = f(b);
  for (let i = 0; i < 60; i++) {
    if (fa < fb) {
      [high, b, fb] = [b, a, fa];
      a = high - GOLDEN * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + GOLDEN * (high - low);
      fb = f(b);
    }
  }
  return (low + high) / 2;
}

const argmin = (values) => values.reduce((best, value, i) => (value < values[best] ? i : best), 0);

// The point of the ball where the loss is least. A corner only when it beats its neighbours, and for p <= 1 only.
export function inBall(c, p, r) {
  if (norm(c, p) <= r) return c;
  if (r === 0) return [0, 0];
  const value = (turn) => loss(edge(turn, p, r), c);
  const turns = Array.from({ length: ANGLES }, (_, i) => (4 * i) / ANGLES);
  const best = turns[argmin(turns.map(value))],
    between = golden(value, best - 4 / ANGLES, best + 4 / ANGLES);
  const corner = Number.isInteger(best) && p <= 1 && value(best) <= value(between);
  return edge(corner ? best : between, p, r);
}

// Rows [r, w1, w2]: the same for all radii from 0 to the largest.
export const path = (c, p) =>
  Array.from({ length: RADII + 1 }, (_, i) => (LARGEST * i) / RADII).map((r) => [r, ...inBall(c, p, r)]);

// The minimizer of loss + strength * (|w1|^p + |w2|^p) / p: of the balls, the one whose best point costs least.
export function penalized(c, p, strength) {
  const cost = (r) => loss(inBall(c, p, r), c) + (strength * Math.min(r, norm(c, p)) ** p) / p;
  const radii = Array.from({ length: RADII + 1 }, (_, i) => (norm(c, p) * i) / RADII);
  const at = argmin(radii.map(cost)),
    between = golden(cost, radii[Math.max(0, at - 1)], radii[Math.min(RADII, at + 1)]);
  const r = cost(radii[at]) <= cost(between) ? radii[at] : between;
  return [r, ...inBall(c, p, r)];
}

// The strength for which the point w on the edge of its ball is best: -slope of the loss / slope of R, where |w| is larger.
export function strengthFor(w, c, p) {
  const slope = [w[0] - c[0] + CORRELATION * (w[1] - c[1]), w[1] - c[1] + CORRELATION * (w[0] - c[0])];
  const j = Math.abs(w[0]) >= Math.abs(w[1]) ? 0 : 1;
  return -slope[j] / (Math.sign(w[j]) * Math.abs(w[j]) ** (p - 1));
}

const TEXT = {
  en: {
    form: "Form",
    forms: { limit: "limit: |w|ₚ ≤ r", penalty: "penalty: loss + λR" },
    p: "p",
    amount: { limit: "radius r", penalty: "strength λ" },
    angle: "minimum of the loss at",
    plane: "ball and contours",
    planeName: "Contours of the loss (light is low), the ball, and its best point (disc); plus: minimum of the loss.",
    line: "weights of the best point",
    lineName: "Both weights of the best point against the radius of the ball; the vertical line is where you are.",
    radius: "r",
    zero: (names) => (names.length ? `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} exactly 0. ` : "No weight is exactly 0. "),
    words: (place, zeros, height) => `Best point ${place}. ${zeros}Loss ${height}. `,
    inside: "The minimum of the loss lies inside: the limit costs nothing.",
    same: (strength) => `The same point is the best for the penalty with λ = ${strength}.`,
    star: "For p < 1 the ball is not convex: as a penalty, small weights vanish with a jump.",
    ball: (r) => `It is the best point of the ball with r = ${r}.`,
  },
  zh: {
    form: "形式",
    forms: { limit: "约束：|w|ₚ ≤ r", penalty: "惩罚：损失 + λR" },
    p: "p",
    amount: { limit: "半径 r", penalty: "强度 λ" },
    angle: "损失极小点的方向",
    plane: "球与等高线",
    planeName: "损失的等高线（颜色越浅越低）、球，以及球内最好的点（圆点）；加号：损失的极小点。",
    line: "最好的点的权重",
    lineName: "最好的点的两个权重随球半径的变化；竖线是当前位置。",
    radius: "r",
    zero: (names) => (names.length ? `${names.join("、")} 恰好为 0。` : "没有权重恰好为 0。"),
    words: (place, zeros, height) => `最好的点 ${place}。${zeros}损失 ${height}。`,
    inside: "损失的极小点就在球内：约束不起作用。",
    same: (strength) => `换成惩罚，λ = ${strength} 时最好的也是这一点。`,
    star: "p < 1 时球不是凸的：换成惩罚，小的权重会突然跳到 0。",
    ball: (r) => `它也是半径 r = ${r} 的球内最好的点。`,
  },
};

export function mount(root, options, base) {
  const { tag, slider, choice, row, plot, BLUE, RED, GOLD, GREY, PLUM } = base,
    text = TEXT[options.lang];
  const state = { ...options };
  const set = (key) => (value) => {
    state[key] = value;
    draw();
  };
  const numbers = (...values) => values.map((v) => [v, String(v).replace("-", "−")]);
  // as many pixels for one unit up as across: the frame is 220 wide and 178 high
  const axis = (end, label) => ({ from: -end, to: end, ticks: numbers(-1, 0, 1), label });
  const plane = plot({ title: text.plane, name: text.planeName, x: axis(2, "w₁"), y: axis(1.618, "w₂") });
  const line = plot({
    title: text.line,
    name: text.lineName,
    right: 14,
    x: { from: 0, to: LARGEST, ticks: numbers(0, 0.5, 1, 1.5, 2), label: text.radius },
    y: { from: -0.5, to: 1.75, ticks: numbers(0, 0.5, 1, 1.5), label: "w" },
  });
  const words = tag("p", { "aria-live": "polite", style: "margin: 4px 0; min-height: 3em" });
  const two = (v) => v.toFixed(2);
  const amount = tag("span", { style: "display: flex; flex: 1 1 230px" });
  const refill = () => {
    const range = { min: 0.02, max: LARGEST, step: 0.02, value: state[state.form], show: two };
    amount.replaceChildren(slider(text.amount[state.form], range, set(state.form)).element);
  };
  const change = (form) => {
    state.form = form;
    refill();
    draw();
  };
  refill();
  const degrees = { min: 0, max: 90, step: 1, value: state.angle, show: (v) => v + "°" };
  root.replaceChildren(
    row(
      choice(text.form, text.forms, state.form, change).element,
      slider(text.p, { min: 0.5, max: 4, step: 0.1, value: state.p, show: (v) => v.toFixed(1) }, set("p")).element,
      amount,
      slider(text.angle, degrees, set("angle")).element,
    ),
    row(plane.element, line.element),
    words,
  );
  root.addEventListener("input", () => words.setAttribute("aria-busy", "true"));
  root.addEventListener("change", () => words.setAttribute("aria-busy", "false"));

  let shaded = null;
  function draw() {
    const { p, form, angle } = state,
      c = centre(angle);
    const [r, w1, w2] = form === "limit" ? [state.limit, ...inBall(c, p, state.limit)] : penalized(c, p, state.penalty);
    if (shaded !== angle) {
      plane.shade((a, b) => 0.026 * Math.min(12, Math.floor(5 * Math.sqrt(loss([a, b], c)))));
      shaded = angle;
    }
    plane.clear();
    line.clear();
    const turns = Array.from({ length: ANGLES + 1 }, (_, i) => (4 * i) / ANGLES);
    const round = turns.map((turn) => edge(turn, p, r));
    const rows = path(c, p),
      end = rows[rows.length - 1];
    plane.line(round, { "stroke-width": 2, stroke: GOLD, fill: GOLD, "fill-opacity": 0.3 });
    plane.line(rows.map(([, first, second]) => [first, second]), { stroke: RED, "stroke-dasharray": "1 3" });
    plane.mark("plus", c);
    plane.mark("disc", [w1, w2], { fill: RED });
    line.line([[r, -0.5], [r, 1.75]], { stroke: GREY, "stroke-width": 1, "stroke-dasharray": "2 3" });
    line.line(rows.map(([one, first]) => [one, first]), { "stroke-width": 2 });
    line.line(rows.map(([one, , second]) => [one, second]), { stroke: PLUM, "stroke-width": 2 });
    line.names([[end[1], "w₁", BLUE], [end[2], "w₂", PLUM]]);
    line.mark("disc", [r, w1]);
    line.mark("disc", [r, w2], { fill: PLUM });

    const show = (v) => (v === 0 ? "0" : v.toFixed(3).replace("-", "−"));
    const zeros = ["w₁", "w₂"].filter((_, j) => [w1, w2][j] === 0);
    const more =
      form === "penalty" ? text.ball(two(norm([w1, w2], p)))
      : norm(c, p) <= r ? text.inside
      : p < 1 ? text.star
      : text.same(two(strengthFor([w1, w2], c, p)));
    words.textContent = text.words(`(${show(w1)}, ${show(w2)})`, text.zero(zeros), loss([w1, w2], c).toFixed(3)) + more;
  }
  draw();
}
