"use strict";
// Draws validation.html from the validation.json inside it, with page.js.
{
  const MAX_FAILURES = 200;
  const SHOWN_ITEMS = 30;
  Object.assign(LABELS, {philox: "Random (Philox)", sobol: "Scrambled Sobol"});

  const items = list(data.items);
  const groups = list(data.groups);
  const law = data.law ?? {};
  const unit = data.base_currency ?? "";
  const failed = items.filter((item) => item.verdict === "failed");
  const scientific = formatter({notation: "scientific", maximumSignificantDigits: 3});
  const ofSize = (x) => {  // differences of any size
    if (!isNumber(x)) return dash;
    if (x === 0) return "0";
    return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6 ? scientific(x) : plain(x);
  };
  const twoDigits = formatter({minimumFractionDigits: 2, maximumFractionDigits: 2});
  const use = (x) => (x < 1000 ? twoDigits(x) : compact(x));

  // A number of the JSON whose sign is no loss.
  function value(keys, format) {
    const node = figure(keys, format);
    node.classList.remove("negative");
    return node;
  }

  const SIGNS = {
    passed: {sign: "✓", kind: "good"},
    failed: {sign: "✕", kind: "bad"},
    listed: {sign: "▲", kind: "warn"},
    skipped: {sign: "○", kind: ""},
  };
  function verdict(name, path) {
    const {sign = "", kind = ""} = SIGNS[name] ?? {};
    const node = el("span", {class: `verdict ${kind}`.trim()}, `${sign} ${words(name ?? dash)}`);
    if (path) {
      node.dataset.path = path;
      node.dataset.value = name;
    }
    return node;
  }

  // ---- sections

  function header() {
    document.title = data.title ?? document.title;
    if (data.title) slot("title").textContent = visible(data.title);
    slot("facts").append(...[
      data.as_of && term("As of", data.as_of), unit && term("Currency", unit),
      term("Devices", list(data.devices).map((d) => d.id).join(", ") || dash),
      term("Paths", value(["settings", "paths"], whole)), term("Seed", value(["settings", "seed"], String)),
      term("Threshold", value(["settings", "threshold"], plain), " standard errors"),
      data.settings?.fault && term("Injected fault", el("span", {class: "warn"}, data.settings.fault)),
    ].filter(Boolean));
    slot("footer").append(el(
      "p", {}, "How limits are derived: docs/validation.md. Figures in full precision: validation.json",
      data.schema ? `, ${data.schema}.` : "."));
  }

  function tiles() {
    const count = (name) => value(["counts", name], whole);
    const lawTile = law.verdict === "skipped" ?
      tile("Law of z-scores", number(null), law.reason) :
      tile(
        "Law of z-scores", verdict(law.verdict, "law.verdict"),
        [value(["law", "count"], whole), " independent z, variance ", value(["law", "variance"], twoDigits)],
        ["chi-square p = ", value(["law", "chi_square", "p_value"], pValue)]);
    const worst = groups.reduce((w, g, i) => (g.worst_use_of_limit > (groups[w]?.worst_use_of_limit ?? 0) ? i : w), -1);
    slot("tiles").append(
      tile("Verdict", verdict(data.verdict, "verdict")), tile("Passed", count("passed"), `of ${whole(items.length)}`),
      tile("Failed", count("failed"), failed.length ? [el("a", {href: "#failures"}, "What and why")] : "none"),
      tile("Listed, skipped", el("span", {}, count("listed"), ", ", count("skipped")), "known differences, nothing to compare"),
      lawTile,
      tile(
        "Largest use of a limit", worst < 0 ? number(null) : value(["groups", worst, "worst_use_of_limit"], use),
        worst < 0 ? "nothing was compared" : groups[worst].worst_id));
    const text = data.verdict === "passed" ?
      "Every value agrees with every other road to it, within the errors that they state." :
      failed.length ?
      `${counted(failed.length, "value")} ${failed.length === 1 ? "differs" : "differ"} by more than errors explain` +
          (data.settings?.fault ? `: the fault ${data.settings.fault} was injected, and found.` : ".") :
      law.verdict === "failed" ? "Every value is within its errors, but the errors are not what they claim." :
                                 "Nothing was compared.";
    const alone = data.counts?.skipped > 0 ?
      ` ${counted(data.counts.skipped, "value")} had no second road and ${data.counts.skipped === 1 ? "was" : "were"} not compared.` : "";
    slot("lede").append(el("span", {}, text + alone));
  }

  function failures() {
    const parent = slot("failures");
    const problems = failed.map((item) => ({what: item.id, quantity: item.quantity, group: item.group, why: item.reason}));
    if (law.verdict === "failed")
      problems.push({what: "Law of z-scores", quantity: "", group: "", why: law.reason});
    slot("failures-intro").textContent = problems.length ?
      "What differs, by how much, and what would have been allowed." :
      "Nothing failed.";
    if (!problems.length) return;
    parent.append(table(
      counted(problems.length, "failure"),
      [
        {name: "What", head: true, cell: (row) => [row.what, row.quantity !== "value" ? ` ${row.quantity}` : ""]},
        {name: "Group", cell: (row) => row.group},
        {name: "Why", cell: (row) => row.why.split("; ").flatMap((part, i) => [i ? el("br") : "", part])},
      ],
      problems.slice(0, MAX_FAILURES), {kind: "cards"}));
    if (problems.length > MAX_FAILURES)
      parent.append(el("p", {class: "note"}, `The first ${MAX_FAILURES} of ${whole(problems.length)}.`));
  }

  function groupSection() {
    const parent = slot("groups");
    if (!groups.length) return parent.append(none());
    const count = (name) => ({
      name: words(name),
      number: true,
      cell: (row, i) => {
        const node = value(["groups", i, name], whole);
        if (name === "failed" && row.failed > 0) node.className = "verdict bad";
        return node;
      },
    });
    parent.append(table(
      counted(groups.length, "group"),
      [
        {name: "Group", head: true, cell: (row) => row.name},
        ...["passed", "failed", "listed", "skipped"].map(count),
        {name: "Worst z", number: true, cell: (_, i) => value(["groups", i, "worst_z"], twoDigits)},
        {name: "Use of limit", number: true, cell: (_, i) => value(["groups", i, "worst_use_of_limit"], use)},
        {name: "Where", cell: (row) => row.worst_id || dash},
      ],
      groups));
  }

  // ---- the law of z-scores

  // Phi, by Abramowitz and Stegun 26.2.17: within 8e-8, for drawing.
  function normalCdf(x) {
    const t = 1 / (1 + 0.2316419 * Math.abs(x));
    const tail = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) *
      t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x < 0 ? tail : 1 - tail;
  }
  function normalQuantile(p) {
    let [low, high] = [-9, 9];
    for (let i = 0; i < 60; ++i) {
      const middle = (low + high) / 2;
      if (normalCdf(middle) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  function zHistogram(parent, z) {
    const width = z.length < 200 ? 0.5 : 0.25;
    const reach = Math.max(4, Math.ceil(Math.max(...z.map(Math.abs))));
    const n = Math.round((2 * reach) / width);
    const bins = Array.from({length: n}, (_, i) => ({x: -reach + (i + 0.5) * width, y: 0}));
    for (const x of z) ++bins[Math.min(n - 1, Math.max(0, Math.floor((x + reach) / width)))].y;
    const density = Array.from({length: 161}, (_, i) => {
      const x = -reach + (i / 160) * 2 * reach;
      return {x, y: (z.length * width * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI)};
    });
    plot(parent, "histogram", {
      title: `${counted(z.length, "z-score")} and the standard normal density`,
      height: 320,
      summary: `Mean ${plain(law.mean)}, variance ${plain(law.variance)}`,
      config: () => ({
        type: "bar",
        data: {
          datasets: [
            {
              label: "Expected",
              type: "line",
              data: density,
              pointRadius: 0,
              borderWidth: 2,
              pointStyle: "line",
              borderColor: colour("accent"),
              backgroundColor: colour("accent"),
            },
            {label: "z-scores", data: bins, backgroundColor: colour("point"), barPercentage: 0.92, categoryPercentage: 1},
          ],
        },
        options: {
          scales: {
            x: valueAxis({type: "linear", offset: false, min: -reach, max: reach, grid: {display: false}, title: {display: true, text: "z"}}),
            y: valueAxis({ticks: {precision: 0, maxTicksLimit: 5}}),
          },
          plugins: {
            legend: {position: "bottom"},
            tooltip: {
              filter: ({datasetIndex}) => datasetIndex === 1,
              callbacks: {
                title: ([item]) => item && `${plain(item.raw.x - width / 2)} to ${plain(item.raw.x + width / 2)}`,
                label: ({raw}) => whole(raw.y),
              },
            },
          },
        },
      }),
    });
  }

  function quantilePlot(parent, z) {
    const sorted = [...z].sort((a, b) => a - b);
    const points = sorted.map((y, i) => ({x: normalQuantile((i + 0.5) / sorted.length), y}));
    const reach = Math.max(3, Math.abs(points[0].y), Math.abs(points.at(-1).y), points.at(-1).x) + 0.2;
    plot(parent, "quantiles", {
      title: "Quantiles against those of the normal law",
      height: 320,
      summary: `Smallest ${plain(sorted[0])}, largest ${plain(sorted.at(-1))}`,
      config: () => ({
        type: "scatter",
        data: {
          datasets: [
            {label: "z-scores", data: points, pointRadius: 2, borderColor: colour("point"), backgroundColor: colour("point")},
            {
              label: "Normal law",
              data: [{x: -reach, y: -reach}, {x: reach, y: reach}],
              showLine: true,
              pointRadius: 0,
              borderWidth: 1.5,
              pointStyle: "line",
              borderColor: colour("accent"),
              backgroundColor: colour("accent"),
            },
          ],
        },
        options: {
          scales: {
            x: valueAxis({min: -reach, max: reach, ticks: {includeBounds: false}, title: {display: true, text: "Normal quantile"}}),
            y: valueAxis({min: -reach, max: reach, ticks: {includeBounds: false}, title: {display: true, text: "z"}}),
          },
          plugins: {legend: {position: "bottom"}, tooltip: {enabled: false}},
        },
      }),
    });
  }

  function lawSection() {
    const parent = slot("law");
    const z = list(law.z).filter(isNumber);
    if (law.verdict === "skipped" || !z.length) return parent.append(none(`Not tested: ${law.reason}.`));
    const [left, right] = [el("div"), el("div")];
    parent.append(el("div", {class: "split even"}, left, right));
    zHistogram(left, z);
    quantilePlot(right, z);
    const accepted = (p) => isNumber(p) && p >= law.level && p <= 1 - law.level;
    const test = (title, key, statistic, meaning) => el(
      "div", {},
      el("dt", {}, title,
         accepted(law[key]?.p_value) ? el("span", {class: "verdict good"}, "✓ as expected") :
                                       el("span", {class: "verdict bad"}, "✕ not as expected")),
      el("dd", {}, meaning, " p\u00a0=\u00a0", value(["law", key, "p_value"], (p) => p < 1e-3 ? scientific(p) : pValue(p)),
         `, ${statistic} `, value(["law", key, "statistic"], plain), "."));
    parent.append(el(
      "dl", {class: "tests"},
      test("Bins", "chi_square", `chi-square of ${list(law.bins).length} equally probable bins`, "Counts follow the normal law."),
      test("Mean", "mean_test", "mean times the root of the count", "Values are not biased."),
      test("Spread", "variance_test", "sum of squares", "Standard errors are neither too small nor too large.")));
    parent.append(el(
      "p", {class: "note"}, `A test fails where p is below ${plain(law.level)} or above 1 ${"\u2212"} ${plain(law.level)}.`));
  }

  // ---- convergence

  function convergenceSection() {
    const parent = slot("convergence");
    const curves = list(data.convergence);
    if (!curves.length) return parent.append(none("No trade with an exact value, or not asked for."));
    const ids = unique(curves.map((c) => c.id));
    controls("convergence", [{key: "trade", label: "Trade", options: ids.map((id) => [id, id])}], ({trade}) => {
      clear(parent);
      const chosen = curves.map((curve, index) => ({...curve, index})).filter((c) => c.id === trade);
      const style = {philox: {name: "long", pointStyle: "circle"}, sobol: {name: "var", pointStyle: "rectRot"}};
      const random = chosen.find((c) => c.sampling === "philox");
      const all = chosen.flatMap((c) => list(c.points)).filter((p) => p.error > 0);
      if (!all.length) return parent.append(none());
      const last = Math.max(...all.map((p) => p.paths));
      const start = random?.points[0];
      plot(parent, "convergence", {
        title: `${trade}: error against the number of paths, ${unit}`,
        height: 380,
        summary: chosen.map((c) => `${words(c.sampling)}: slope ${plain(c.slope)}`).join("; "),
        config: () => ({
          type: "scatter",
          data: {
            datasets: [
              ...chosen.map((c) => ({
                label: `${words(c.sampling)}, slope ${twoDigits(c.slope)}`,
                data: c.points.filter((p) => p.error > 0).map((p) => ({x: p.paths, y: p.error, stated: p.standard_error})),
                showLine: true,
                pointRadius: 4,
                borderWidth: 1.5,
                pointStyle: style[c.sampling]?.pointStyle,
                borderColor: colour(style[c.sampling]?.name ?? "point"),
                backgroundColor: colour(style[c.sampling]?.name ?? "point"),
              })),
              ...(start ? [{
                label: "Slope \u22121/2",
                data: [{x: start.paths, y: start.standard_error},
                       {x: last, y: start.standard_error * Math.sqrt(start.paths / last)}],
                showLine: true,
                pointRadius: 0,
                borderDash: [5, 4],
                borderWidth: 1.5,
                pointStyle: "line",
                borderColor: colour("muted"),
                backgroundColor: colour("muted"),
              }] : []),
            ],
          },
          options: {
            scales: {
              x: valueAxis({type: "logarithmic", title: {display: true, text: "Paths"}, ticks: {callback: (v) => Number.isInteger(Math.log10(v)) ? compact(v) : ""}}),
              y: valueAxis({type: "logarithmic", ticks: {callback: (v) => Number.isInteger(Math.round(1e9 * Math.log10(v)) / 1e9) ? ofSize(v) : ""}}),
            },
            plugins: {
              legend: {position: "bottom"},
              tooltip: {
                callbacks: {
                  label: ({raw}) => `${whole(raw.x)} paths: ${ofSize(raw.y)}` + (raw.stated ? `, stated ${ofSize(raw.stated)}` : ""),
                },
              },
            },
          },
        }),
      });
      parent.append(el("p", {class: "note"}, "Fitted slopes: ", ...chosen.flatMap((c, i) => [
        i ? ", " : "", `${words(c.sampling)} `, value(["convergence", c.index, "slope"], twoDigits), ` over ${c.seeds} seeds`,
      ]), "."));
    });
  }

  // ---- everything

  function itemRow(item) {
    const at = items.indexOf(item);
    const roads = list(item.roads);
    const rows = roads.map((road, r) => el(
      "tr", {},
      el("td", {class: "text"}, road.road),
      ...(road.missing ? [el("td", {class: "text", colspan: 4}, road.missing)] : [
        el("td", {class: "number"}, value(["items", at, "roads", r, "value"], (x) => formatter({maximumSignificantDigits: 12})(x))),
        el("td", {class: "number"}, road.standard_error > 0 ? value(["items", at, "roads", r, "standard_error"], ofSize) : dash),
        el("td", {class: "number"}, road.uncertainty > 0 ? value(["items", at, "roads", r, "uncertainty"], ofSize) : dash),
        el("td", {class: "text"}, road.method),
      ])));
    const comparisons = list(item.comparisons).map((c, k) => el(
      "tr", {},
      el("td", {class: "text"}, `${c.left} ${dash} ${c.right}`),
      el("td", {class: "number"}, value(["items", at, "comparisons", k, "difference"], ofSize)),
      el("td", {class: "number"}, value(["items", at, "comparisons", k, "ulps"], compact)),
      el("td", {class: "number"}, isNumber(c.z) ? value(["items", at, "comparisons", k, "z"], twoDigits) : dash),
      el("td", {class: "number"}, value(["items", at, "comparisons", k, "limit"], ofSize)),
      el("td", {class: "text"}, c.agrees ? verdict("passed") : verdict("failed"))));
    const head = (...names) => el("thead", {}, el("tr", {}, ...names.map(
      ([name, kind]) => el("th", {class: kind, scope: "col"}, name))));
    const block = el("details", {class: "item"},
      el("summary", {}, verdict(item.verdict), ` ${item.id}${item.quantity === "value" ? "" : ` ${item.quantity}`}`,
         el("span", {class: "under"}, unique([item.product, item.model, item.group].filter(Boolean)).join(" · "))));
    let filled = false; // rows are made when they are looked at
    block.addEventListener("toggle", () => {
      if (filled) return;
      filled = true;
      if (item.reason) block.append(el("p", {class: "note"}, item.reason));
      block.append(
        el("div", {class: "scroll"}, el("table", {}, el("caption", {}, `Roads, ${unit}`),
          head(["Road", "text"], ["Value", "number"], ["Standard error", "number"], ["Uncertainty", "number"], ["Method", "text"]),
          el("tbody", {}, ...rows))));
      if (comparisons.length)
        block.append(el("div", {class: "scroll"}, el("table", {}, el("caption", {}, `Differences, ${unit}`),
          head(["Left – right", "text"], ["Difference", "number"], ["ULP", "number"], ["z", "number"], ["Limit", "number"], ["Verdict", "text"]),
          el("tbody", {}, ...comparisons))));
    });
    return block;
  }

  function itemSection() {
    const parent = slot("items");
    if (!items.length) return parent.append(none());
    const options = (key, all) => [["", all], ...unique(items.map((item) => item[key])).filter(Boolean).sort()
                                              .map((name) => [name, name])];
    const bar = slot("items-controls");
    const search = el("input", {type: "search", id: "items-search", "aria-label": "Search by id"});
    let state = {};
    const found_ = el("div");
    const draw = () => {
      const text = search.value.toLowerCase();
      const found = items.filter((item) =>
        (!state.verdict || item.verdict === state.verdict) && (!state.group || item.group === state.group) &&
        (!state.product || item.product === state.product) && item.id.toLowerCase().includes(text));
      const rows = found.slice(0, SHOWN_ITEMS).map(itemRow);
      found_.replaceChildren(el("p", {class: "note", "data-count": found.length}, `${counted(found.length, "comparison")}.`), ...rows);
      if (found.length <= SHOWN_ITEMS) return;
      const more = el("button", {type: "button"}, `Show the other ${whole(found.length - SHOWN_ITEMS)}`);
      more.addEventListener("click", () => more.replaceWith(...found.slice(SHOWN_ITEMS).map(itemRow)));
      found_.append(more);
    };
    controls("items", [
      {key: "verdict", label: "Verdict", options: options("verdict", "All verdicts")},
      {key: "group", label: "Group", options: options("group", "All groups")},
      {key: "product", label: "Product", options: options("product", "All products")},
    ], (chosen) => {
      state = {...chosen};
      draw();
    });
    search.addEventListener("input", draw);
    bar.append(el("div", {class: "select"}, el("label", {class: "name", for: "items-search"}, "Id"), search));
    parent.append(found_);
  }

  function roadSection() {
    const parent = slot("devices");
    const devices = list(data.devices);
    const [left, right] = [el("div"), el("div")];
    parent.append(el("div", {class: "split even"}, left, right));
    left.append(devices.length ? table("Devices", [
      {name: "Road", head: true, cell: (row) => row.id},
      {name: "Name", cell: (row) => row.name},
      {name: "Instructions", cell: (row) => row.instruction_set},
      {name: "Equal bits", cell: (row) => (row.bitwise ? "promised" : "no")},
    ], devices, {kind: "cards"}) : none("No device was asked."));
    const references = list(data.references);
    right.append(references.length ? table("References", [
      {name: "Road", head: true, cell: (row) => row.name},
      {name: "State", cell: (row) => row.status || "used"},
    ], references) : none("No reference."));
  }

  drawPage({
    header, tiles, failures, groupSection, lawSection, convergenceSection, itemSection, roadSection, rejected,
    run: () => run((entry) => [
      ...entry("Precision", data.settings?.precision), ...entry("Sampling", words(data.settings?.sampling ?? dash)),
      ...entry("Paths", value(["settings", "paths"], whole)), ...entry("Seed", value(["settings", "seed"], String)),
    ]),
  });
}
