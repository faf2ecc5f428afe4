// What the interactive figures share: controls with labels, and plots drawn as SVG.
// A figure's own module gets this one as the argument `base` of its mount(root, options, base).

export const BLUE = "#0072b2",
  RED = "#d55e00",
  INK = "#222",
  GREY = "#8a8a8a";

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

// Empty axes: x and y are {from, to, ticks: [[value, text], ...], label}. `name` is what a screen reader says.
export function plot({ title, name, x, y }) {
  const across = (value) => ((value - x.from) / (x.to - x.from)) * INNER_W;
  const up = (value) => (1 - (value - y.from) / (y.to - y.from)) * INNER_H;
  const write = (text, at, more = {}) =>
    shape("text", { ...at, fill: INK, "text-anchor": "middle", ...more }, text);
  const layer = (overflow) => shape("svg", { x: LEFT, y: TOP, width: INNER_W, height: INNER_H, overflow });
  const back = layer("hidden"),
    front = layer("hidden"),
    marks = layer("visible"); // lines are cut at the frame
  const svg = shape(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": name,
      style: "flex: 1 1 225px; min-width: 0; max-width: 400px; background: #fff; font: 11px sans-serif",
    },
    write(title, { x: LEFT + INNER_W / 2, y: 14 }, { "font-weight": "bold" }),
    back,
  );
  for (const [value, text] of x.ticks)
    svg.append(write(text, { x: LEFT + across(value), y: TOP + INNER_H + 14 }));
  for (const [value, text] of y.ticks)
    svg.append(write(text, { x: LEFT - 4, y: TOP + up(value) + 4 }, { "text-anchor": "end" }));
  svg.append(write(x.label, { x: LEFT + INNER_W / 2, y: HEIGHT - 6 }));
  svg.append(write(y.label, { transform: `translate(10 ${TOP + INNER_H / 2}) rotate(-90)` }));
  svg.append(
    shape("rect", { x: LEFT, y: TOP, width: INNER_W, height: INNER_H, fill: "none", stroke: GREY }),
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
        ring: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",
        dot: "M-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
        square: "M-5-5H5V5H-5Z",
        diamond: "M0-6L6 0L0 6L-6 0Z",
        cross: "M-5-5L5 5M5-5L-5 5",
      }[kind];
      marks.append(
        shape("path", {
          d,
          transform: `translate(${spot(point)})`,
          fill: "none",
          stroke: BLUE,
          "stroke-width": 2,
          ...more,
        }),
      );
    },
    // Shade the whole plot: grey(x, y, column, row) -> 0 (black) .. 255 (white).
    shade(grey) {
      const canvas = tag("canvas", { width: INNER_W, height: INNER_H });
      const context = canvas.getContext("2d"),
        image = context.createImageData(INNER_W, INNER_H);
      for (let j = 0, k = 0; j < INNER_H; j++)
        for (let i = 0; i < INNER_W; i++, k += 4) {
          const a = x.from + ((i + 0.5) / INNER_W) * (x.to - x.from),
            b = y.to - ((j + 0.5) / INNER_H) * (y.to - y.from);
          image.data.fill(grey(a, b, i, j), k, k + 3);
          image.data[k + 3] = 255;
        }
      context.putImageData(image, 0, 0);
      back.replaceChildren(shape("image", { width: INNER_W, height: INNER_H, href: canvas.toDataURL() }));
    },
  };
}
