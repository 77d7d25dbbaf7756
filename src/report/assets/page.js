"use strict";
// What the reports share: numbers and words, elements, selectors, charts. Draws from the JSON inside the page
// (docs/formats.md). Text of the data enters the page through text nodes only. Elements that show a number of the JSON
// carry its path and exact value: data-path, data-value.
const data = JSON.parse(document.getElementById("report-data").textContent);
const charts = (window.dojimaCharts = {});  // name -> Chart
const builders = {};  // name -> function returning the chart's configuration in the current colours

const MAX_REJECTED_ROWS = 200;
const LABELS = {__proto__: null};  // words for names of the JSON; each report adds its own

// ---- numbers and words

const isNumber = (x) => typeof x === "number";
const list = (x) => (Array.isArray(x) ? x : []);
const sum = (xs) => xs.reduce((total, x) => total + (x ?? 0), 0);
const unique = (xs) => [...new Set(xs)];
const dash = "\u2013";

function formatter(options) {
  const format = new Intl.NumberFormat("en", options);
  return (x) => isNumber(x) ? format.formatToParts(x)
                                .map(
                                  ({type, value}) => type === "minusSign"  ? "\u2212" :
                                    type === "group" || type === "literal" ? "\u202f" :
                                                                             value)
                                .join("") :
                              dash;
}
const whole = formatter({maximumFractionDigits: 0});
const cents = formatter({minimumFractionDigits: 2, maximumFractionDigits: 2});
const compact = formatter({notation: "compact", maximumSignificantDigits: 3});
const rounded = formatter({notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3});
const plain = formatter({maximumSignificantDigits: 4});
const pValue = formatter({minimumFractionDigits: 3, maximumFractionDigits: 3});
const signed = formatter({signDisplay: "exceptZero", minimumFractionDigits: 1, maximumFractionDigits: 1});
const full = (x) => (Math.abs(x) < 10000 ? cents(x) : whole(x));
const percent = (x) => (isNumber(x) ? `${plain(100 * x)}\u202f%` : dash);
const share = (x) => `${whole(100 * x)}\u202f%`;

const words = (name) => {
  const text = LABELS[name] ?? String(name).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const counted = (n, word) => `${whole(n)} ${n === 1 ? word : `${word}s`}`;
const days = (n) => counted(n, "day");

// ---- elements

// Characters that would turn the direction of the text after them, figures included.
const visible = (text) => (typeof text === "string" ? text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd") : text);

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child != null).map(visible));
  return node;
}
const slot = (name) => document.querySelector(`[data-slot="${name}"]`);
const none = (text = "Not computed.") => el("p", {class: "none"}, text);

function number(value, format = full) {
  if (!isNumber(value)) return el("span", {title: "not available"}, dash);
  return el("span", value < 0 ? {class: "negative"} : {}, format(value));
}

const pathText = (keys) => keys
                             .map(
                               (key, i) => isNumber(key) ? `[${key}]` :
                                 /^\w+$/.test(key) ? (i ? "." : "") + key :
                                                     `[${JSON.stringify(key)}]`)
                             .join("");

// The number at data[keys[0]][keys[1]]..., marked with its path and exact value.
function figure(keys, format) {
  const value = keys.reduce((node, key) => node?.[key], data) ?? null;
  const node = number(value, format);
  node.dataset.path = pathText(keys);
  node.dataset.value = String(value);
  return node;
}

function range(keys, ends) {
  if (!list(ends).some(isNumber)) return number(null);
  return el("span", {class: "range"}, figure([...keys, 0], rounded), ` ${dash} `, figure([...keys, 1], rounded));
}

const term = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value));

const tile = (name, value, ...under) => el(
  "div", {class: "tile"}, el("div", {class: "name"}, name), el("div", {class: "value"}, value),
  ...under.map((line) => el("div", {class: "under"}, ...[line].flat())));

// columns: { name, number?, head?, cell(row, index) }; `kind` is a class of the table.
function table(caption, columns, rows, {kind = "", foot} = {}) {
  const classOf = (column) => (column.number ? "number" : "text");
  const cell = (column, content) => el(
    column.head ? "th" : "td",
    {class: classOf(column), "data-label": column.name, ...(column.head && {scope: "row"})}, ...[content].flat());
  return el(
    "div", {class: "scroll"},
    el(
      "table", {class: kind}, el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...columns.map((c) => el("th", {class: classOf(c), scope: "col"}, c.name)))),
      el("tbody", {}, ...rows.map((row, i) => el("tr", {}, ...columns.map((c) => cell(c, c.cell(row, i)))))),
      foot && el("tfoot", {}, el("tr", {}, ...columns.map((c, i) => cell(c, foot[i] ?? ""))))));
}

const folded = (title, ...content) => el("details", {}, el("summary", {}, title), ...content);

// Letters that fit one segmented selector; a longer one becomes a list.
const segmentsLimit = matchMedia("(max-width: 40rem)").matches ? 34 : 70;

// Selectors above a drawing. specs: { key, label, options: [[value, text]], initial? }; draw gets key -> value.
function controls(name, specs, draw) {
  const state = {};
  const bar = slot(`${name}-controls`);
  for (const {key, label, options, initial} of specs) {
    const first = Math.max(0, options.findIndex(([value]) => value === initial));
    state[key] = options[first]?.[0];
    if (options.length < 2) continue;
    const id = `${name}-${key}`;
    const pick = (i) => {
      state[key] = options[i][0];
      draw(state);
    };
    if (sum(options.map(([, text]) => text.length + 3)) <= segmentsLimit) {
      const choices = options.map(([, text], i) => {
        const input = el("input", {type: "radio", name: id, value: i});
        input.checked = i === first;
        input.addEventListener("change", () => pick(i));
        return el("label", {}, input, el("span", {}, text));
      });
      bar.append(
        el("fieldset", {"data-choice": id}, el("legend", {}, label), el("div", {class: "segments"}, ...choices)));
    } else {
      const select =
        el("select", {id, "data-choice": id}, ...options.map(([, text], i) => el("option", {value: i}, text)));
      select.selectedIndex = first;
      select.addEventListener("change", () => pick(select.selectedIndex));
      bar.append(el("div", {class: "select"}, el("label", {class: "name", for: id}, label), select));
    }
  }
  draw(state);
}

// ---- charts

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function applyTheme() {
  const {defaults} = Chart;
  defaults.animation = false;
  defaults.maintainAspectRatio = false;
  defaults.devicePixelRatio = Math.max(2, window.devicePixelRatio);
  defaults.color = colour("muted");
  defaults.borderColor = colour("line");
  defaults.font.family = getComputedStyle(document.body).fontFamily;
  Object.assign(defaults.plugins.legend, {align: "start"});
  Object.assign(defaults.plugins.legend.labels, {usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 14});
}

function build(name, canvas) {
  charts[name]?.destroy();
  charts[name] = new Chart(canvas, builders[name]());
}

function redraw() {
  applyTheme();
  for (const [name, chart] of Object.entries(charts)) build(name, chart.canvas);
}

// Appends a titled chart to a parent in the page. `summary` tells the key figures to those who cannot see it.
function plot(parent, name, {title, height, summary, config}) {
  const canvas = el("canvas", {role: "img", "aria-label": `${title}. ${summary}`});
  const frame = el("div", {class: "plot"}, canvas);
  frame.style.height = `${height}px`;
  parent.append(el("figure", {}, el("figcaption", {}, title), frame));
  builders[name] = config;
  build(name, canvas);
}

function clear(parent) {
  for (const [name, chart] of Object.entries(charts)) {
    if (!parent.contains(chart.canvas)) continue;
    chart.destroy();
    delete charts[name];
  }
  parent.replaceChildren();
}

const shorten = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
const zeroLine = (context) => colour(context.tick?.value === 0 ? "muted" : "line");
const valueAxis = (options = {}) => ({
  grid: {color: zeroLine, drawBorder: false, drawTicks: false},
  ...options,
  ticks: {callback: (value) => compact(value), maxTicksLimit: 7, maxRotation: 0, padding: 6, ...options.ticks},
});
const tooltipText = (name, value) => `${shorten(name, 40)}: ${full(value)}`;

// Draws the value at the end of every bar.
const endLabels = (format) => ({
  id: "endLabels",
  afterDatasetsDraw(chart) {
    const {ctx} = chart;
    ctx.save();
    ctx.font = `11px ${Chart.defaults.font.family}`;
    ctx.fillStyle = colour("ink");
    ctx.textBaseline = "middle";
    chart.data.datasets.forEach(({data: values}, d) => chart.getDatasetMeta(d).data.forEach((bar, i) => {
      if (!isNumber(values[i])) return;
      ctx.textAlign = values[i] < 0 ? "right" : "left";
      ctx.fillText(format(values[i]), bar.x + (values[i] < 0 ? -5 : 5), bar.y);
    }));
    ctx.restore();
  },
});

// Horizontal bars, one row for each label; with `ends`, the values stand at the bars' ends.
function bars(
  labels, datasets, {stacked = false, ends = !stacked, format = compact, legend = datasets.length > 1} = {}) {
  return {
    type: "bar",
    data: {labels, datasets: datasets.map((set) => ({maxBarThickness: 18, ...set}))},
    options: {
      indexAxis: "y",
      interaction: {mode: "index", axis: "y", intersect: false},
      scales: {
        x: valueAxis({stacked, grace: ends ? "18%" : 0, ticks: {callback: (value) => format(value)}}),
        y: {
          stacked,
          grid: {display: false, drawBorder: false},
          ticks: {
            autoSkip: false,
            color: colour("ink"),
            callback(value) {
              return shorten(String(labels[value]), this.chart.width < 440 ? 15 : 28);
            },
          },
        },
      },
      plugins: {
        legend: {display: legend},
        tooltip: {
          callbacks: {
            title: ([item]) => item && shorten(String(item.label), 60),
            label: ({dataset, raw}) => tooltipText(dataset.label, raw),
          },
        },
      },
    },
    plugins: ends ? [endLabels(format)] : [],
  };
}
const barsHeight = (rows, perRow = 26, extra = 50) => rows * perRow + extra;
const bySign = (values, positive = "long", negative = "short") =>
  values.map((x) => colour(x < 0 ? negative : positive));

// ---- sections of every report

function messages(parent, caption, rows, count) {
  const place = (row) => [row.file, row.line].filter(Boolean).join(":") || dash;
  parent.append(table(
    caption,
    [
      {name: "File, line", head: true, cell: place},
      {name: "Id", cell: (row) => String(row.id || dash)},
      {name: "What", cell: (row) => String(row.what ?? dash)},
      {name: "Why", cell: (row) => String(row.why ?? dash)},
      {name: "What to do", cell: (row) => String(row.suggestion ?? dash)},
    ],
    rows.slice(0, MAX_REJECTED_ROWS), {kind: "cards"}));
  if (rows.length > MAX_REJECTED_ROWS)
    parent.append(el("p", {class: "note"}, `The first ${MAX_REJECTED_ROWS} of ${whole(count)}.`));
}

function rejected() {
  const rows = list(data.rejected);
  const warnings = list(data.warnings);
  const count = data.rejected_count ?? (rows.length || null);
  const parent = slot("rejected");
  slot("rejected-intro").textContent =
    count === 0 ? "Every row of the input was accepted." :
                  "Rows left out; everything above is computed without them. All are in rejected.csv.";
  if (rows.length) messages(parent, `${whole(count)} rejected`, rows, count);
  else if (count !== 0) parent.append(none(count > 0 ? "Listed in rejected.csv." : "Not recorded."));
  if (warnings.length) messages(parent, `${whole(warnings.length)} used with a warning`, warnings, warnings.length);
}

// How the report was made; `entries(entry)` gives the rows about this kind of report.
function run(entries) {
  const parent = slot("run");
  const manifest = data.manifest;
  if (!manifest) return parent.append(none("Not recorded."));
  const [left, right] = [el("div"), el("div")];
  parent.append(el("div", {class: "split"}, left, right));
  const entry = (name, value) => [el("dt", {}, name), el("dd", {}, value ?? number(null))];
  left.append(el(
    "dl", {class: "conventions"}, ...entry("Command", el("code", {}, manifest.command ?? dash)),
    ...entry("Version", manifest.version), ...entries(entry, manifest)));

  const timings = Object.entries(manifest.timings ?? {}).filter(([, seconds]) => isNumber(seconds));
  if (timings.length) {
    const seconds = formatter(
      {minimumFractionDigits: 2, maximumFractionDigits: 2, style: "unit", unit: "second", unitDisplay: "narrow"});
    plot(right, "timings", {
      title: `Time spent: ${seconds(sum(timings.map(([, time]) => time)))} in all`,
      height: barsHeight(timings.length),
      summary: timings.map(([name, time]) => `${words(name)}: ${seconds(time)}`).join("; "),
      config: () => bars(
        timings.map(([name]) => words(name)),
        [{label: "Seconds", data: timings.map(([, time]) => time), backgroundColor: colour("point")}],
        {format: seconds}),
    });
  }
  const inputs = list(manifest.inputs);
  if (inputs.length) {
    parent.append(table(
      "Inputs",
      [
        {name: "File", head: true, cell: (row) => String(row.file)},
        {name: "Bytes", number: true, cell: (_, i) => figure(["manifest", "inputs", i, "bytes"], whole)},
        {name: "XXH3", cell: (row) => el("code", {}, String(row.xxh3))},
      ],
      inputs, {kind: "cards"}));
  }
}

// Draws name -> section in order. One that fails must not take the others with it.
function drawPage(sections) {
  applyTheme();
  for (const [name, draw] of Object.entries(sections)) {
    try {
      draw();
    } catch (error) {
      console.error(`report: ${name} could not be drawn`, error);
    }
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.printing = "";
    redraw();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    redraw();
  });
  document.documentElement.dataset.ready = "true";
}
