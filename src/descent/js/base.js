// What the interactive figures share: controls with labels, and plots drawn as SVG.
// A figure's own module gets this one as the argument `base` of its mount(root, options, base).

// The colours of figures/style.py: one for each method, in still and in moving figures.
export const BLUE = "#1f62ad",
  RED = "#d6481c",
  TEAL = "#12a08a",
  PLUM = "#5b2a86",
  GOLD = "#e2a917",
  INK = "#1b2129",
  GREY = "#5a6470",
  FAINT = "#c3c9d1",
  PAPER = "#ffffff";
// The same, dark enough for words.
const WORDS = { [RED]: "#d1471c", [TEAL]: "#148374", [GOLD]: "#8d6f1f" };
export const METHODS = {
  gd: BLUE, minibatch: TEAL, sgd: RED, momentum: TEAL, heavy_ball: TEAL, nesterov: PLUM,
  adagrad: GOLD, rmsprop: PLUM, adam: RED,
};

const attach = (element, attributes, children) => {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

export const tag = (name, attributes = {}, ...children) =>
  attach(document.createElement(name), attributes, children);

export const shape = (name, attributes = {}, ...children) =>
  attach(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

// JupyterLab reads single keys as commands (an arrow leaves the cell, B adds one) unless the focused element says this.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

const LABEL = "display: flex; gap: 8px; align-items: center; flex: 1 1 230px";

// A labelled slider. `show` turns its number into the text beside it, which a screen reader also speaks.
export function slider(label, { min, max, step, value, show = String }, changed) {
  const input = tag("input", {
    type: "range",
    min,
    max,
    step,
    value,
    ...KEYS,
    style: "flex: 1; min-width: 90px; accent-color: " + BLUE,
  });
  const shown = tag("span", { style: "min-width: 3.2em; font-variant-numeric: tabular-nums" });
  const refresh = () => {
    shown.textContent = show(+input.value);
    input.setAttribute("aria-valuetext", show(+input.value));
  };
  input.addEventListener("input", () => {
    refresh();
    changed(+input.value);
  });
  refresh();
  return {
    element: tag("label", { style: LABEL }, label, input, shown),
    disable(off) {
      input.disabled = off;
    },
  };
}

// A labelled menu; `options` is {key: text}.
export function choice(label, options, value, changed) {
  const select = tag("select", { ...KEYS, style: "font: inherit; padding: 2px" });
  for (const [key, text] of Object.entries(options)) select.append(tag("option", { value: key }, text));
  select.value = value;
  select.addEventListener("input", () => changed(select.value));
  return { element: tag("label", { style: LABEL }, label, select) };
}

// A row that wraps on a narrow page.
export const row = (...children) =>
  tag("div", { style: "display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 6px 0" }, ...children);

const WIDTH = 270,
  HEIGHT = 236,
  LEFT = 40,
  TOP = 22,
  INNER_W = 220,
  INNER_H = 178;

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const HALO = { stroke: PAPER, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" };

// Empty axes: x and y are {from, to, ticks: [[value, text], ...], label}. `name` is what a screen reader says.
// right: room for names at the ends of lines.
export function plot({ title, name, x, y, right = 0 }) {
  const across = (value) => ((value - x.from) / (x.to - x.from)) * INNER_W;
  const up = (value) => (1 - (value - y.from) / (y.to - y.from)) * INNER_H;
  const write = (text, at, more = {}) =>
    shape("text", { ...at, fill: GREY, "text-anchor": "middle", ...more }, text);
  const layer = (overflow) => shape("svg", { x: LEFT, y: TOP, width: INNER_W, height: INNER_H, overflow });
  const back = layer("hidden"),
    front = layer("hidden"),
    marks = layer("visible"); // lines are cut at the frame
  const svg = shape(
    "svg",
    {
      viewBox: `0 0 ${WIDTH + right} ${HEIGHT}`,
      role: "img",
      "aria-label": name,
      class: "descent-figure", // dark pages invert it
      style: `flex: ${WIDTH + right} 1 ${0.66 * (WIDTH + right)}px; min-width: 0; max-width: ${1.5 * (WIDTH + right)}px; background: #fff; font: 11px system-ui, sans-serif`,
    },
    write(title, { x: LEFT, y: 14 }, { "font-weight": "bold", "text-anchor": "start" }),
    back,
  );
  for (const [value, text] of x.ticks)
    svg.append(write(text, { x: LEFT + across(value), y: TOP + INNER_H + 14 }));
  for (const [value, text] of y.ticks)
    svg.append(write(text, { x: LEFT - 4, y: TOP + up(value) + 4 }, { "text-anchor": "end" }));
  svg.append(write(x.label, { x: LEFT + INNER_W / 2, y: HEIGHT - 6 }));
  svg.append(write(y.label, { transform: `translate(10 ${TOP + INNER_H / 2}) rotate(-90)` }));
  svg.append(
    shape("rect", { x: LEFT, y: TOP, width: INNER_W, height: INNER_H, fill: "none", stroke: FAINT }),
    front,
    marks,
  );

  const limited = (value) => Math.max(-1e5, Math.min(1e5, value)); // a diverging run leaves the plot, not the numbers
  const spot = ([a, b]) => `${limited(across(a)).toFixed(1)},${limited(up(b)).toFixed(1)}`;
  return {
    element: svg,
    clear() {
      front.replaceChildren();
      marks.replaceChildren();
    },
    line(points, more = {}) {
      const drawn = points
        .filter((point) => point.every(Number.isFinite))
        .map(spot)
        .join(" ");
      front.append(
        shape("polyline", { points: drawn, fill: "none", stroke: BLUE, "stroke-width": 1.5, ...more }),
      );
    },
    mark(kind, point, more = {}) {
      const [a, b] = point;
      if (!(a >= x.from && a <= x.to && b >= y.from && b <= y.to)) return; // NaN too
      const d = {
        ring: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
        disc: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
        dot: "M-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0",
        square: "M-5-5H5V5H-5Z",
        plus: "M-6 0H6M0-6V6",
      }[kind];
      const fill = { ring: PAPER, square: PAPER, disc: BLUE, dot: BLUE }[kind] ?? "none";
      const stroke = { ring: INK, square: INK, plus: INK, disc: PAPER }[kind] ?? "none";
      marks.append(
        shape("path", {
          d,
          transform: `translate(${spot(point)})`,
          fill,
          stroke,
          "stroke-width": kind === "disc" ? 1.2 : 2,
          ...more,
        }),
      );
    },
    // Words on the plot, in data units.
    write(words, point, more = {}) {
      const [left, top] = spot(point).split(",");
      marks.append(write(words, { x: left, y: top }, { ...HALO, "dominant-baseline": "middle", ...more }));
    },
    // Names at the ends of lines, pushed apart: [[value on the y axis, name, colour], ...].
    names(list) {
      const at = (value) => Math.min(INNER_H, Math.max(0, up(Number.isFinite(value) ? value : y.to)));
      const sorted = list.filter(([, words]) => words).sort((p, q) => at(p[0]) - at(q[0])),
        places = sorted.map(([value]) => at(value));
      for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i], places[i - 1] + 13);
      for (let i = places.length - 1, room = INNER_H; i >= 0; i--, room -= 13) places[i] = Math.min(places[i], room);
      sorted.forEach(([, words, colour], i) => {
        const fill = WORDS[colour] ?? colour;
        marks.append(write(words, { x: INNER_W + 5, y: places[i] }, { "dominant-baseline": "middle", "text-anchor": "start", fill }));
      });
    },
    // Tint the whole plot: tint(x, y) -> a share of blue, from 0 (paper) to 1, or [share, colour].
    shade(tint) {
      const canvas = tag("canvas", { width: INNER_W, height: INNER_H });
      const context = canvas.getContext("2d"),
        image = context.createImageData(INNER_W, INNER_H);
      for (let j = 0, k = 0; j < INNER_H; j++)
        for (let i = 0; i < INNER_W; i++, k += 4) {
          const a = x.from + ((i + 0.5) / INNER_W) * (x.to - x.from),
            b = y.to - ((j + 0.5) / INNER_H) * (y.to - y.from);
          const [share, colour] = [tint(a, b), BLUE].flat();
          image.data.set([...rgb(colour).map((c) => 255 + share * (c - 255)), 255], k);
        }
      context.putImageData(image, 0, 0);
      back.replaceChildren(shape("image", { width: INNER_W, height: INNER_H, href: canvas.toDataURL() }));
    },
  };
}
