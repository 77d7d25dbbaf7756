"use strict";
// Draws report.html from the report.json inside it, with page.js.
{
  const HEADLINE_METHOD = "historical";
  const HEADLINE_LEVEL = 0.99;
  const SIGNIFICANCE = 0.05;
  const MAX_BARS = 20;
  const MAX_BOOK_SERIES = 7;
  const BOOK_COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#8c8c8c"];
  Object.assign(LABELS, {
    fx: "FX",
    component_var: "Component VaR",
    component_es: "Component ES",
    incremental_var: "Incremental VaR",
    standalone_var: "Stand-alone VaR",
    monte_carlo: "Monte Carlo",
    spot_up_1pct: "Spot +1\u202f%",
    volatility_up_1pt: "Volatility +1 point",
    rate_up_1bp: "Rates +1 basis point",
  });

  function shock({class: kind, shock: size, type = kind === "rate" ? "absolute" : "relative"}) {
    if (!isNumber(size)) return dash;
    if (type !== "absolute") return `${signed(100 * size)}\u202f%${type === "log" ? " (log)" : ""}`;
    if (kind === "rate") return `${signed(1e4 * size)}\u202fbp`;
    return kind === "volatility" ? `${signed(100 * size)} points` : plain(size);
  }

  function niceStep(rough) {
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [5, 2.5, 2, 1].find((m) => m * power <= rough);
  }

  // Counts of P&L in equal bins aligned to zero, losses beyond VaR apart.
  function histogram(pnl, valueAtRisk) {
    const sorted = pnl.filter(isNumber).sort((a, b) => a - b);
    const n = sorted.length;
    const low = sorted[0];
    const span = sorted[n - 1] - low;
    const middleHalf = sorted[Math.floor(0.75 * (n - 1))] - sorted[Math.floor(0.25 * (n - 1))];
    const wanted = Math.min(90, Math.max(45, (span * Math.cbrt(n)) / (2 * middleHalf) || 0));
    const width = niceStep(span > 0 ? span / wanted : Math.abs(low) / 10 || 1);
    const start =
      Math.floor(low / width) - 1;  // an empty bin at either end: neighbours tell Chart.js the width of bars
    const bin = (x) => Math.floor(x / width) - start;
    const empty = () =>
      Array.from({length: bin(sorted[n - 1]) + 2}, (_, i) => ({x: (start + i + 0.5) * width, y: 0}));
    const [inside, beyond] = [empty(), empty()];
    for (const x of sorted) (isNumber(valueAtRisk) && x < -valueAtRisk ? beyond : inside)[bin(x)].y++;
    return {width, inside, beyond: beyond.filter(({y}) => y > 0)};
  }

  // Vertical lines with labels above the plot, and a band around the first one.
  const lossMarks = (marks, band) => ({
    id: "lossMarks",
    beforeDatasetsDraw({ctx, chartArea, scales: {x}}) {
      if (!band.every(isNumber)) return;
      const [right, left] = band.map((loss) => x.getPixelForValue(-loss));
      ctx.fillStyle = `${colour("var")}26`;
      ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
    },
    afterDatasetsDraw({ctx, chartArea, width, scales: {x}}) {
      ctx.save();
      ctx.font = `600 12px ${Chart.defaults.font.family}`;
      ctx.lineWidth = 1.5;
      marks.forEach(({text, loss, name, dashed}, i) => {
        const at = x.getPixelForValue(-loss);
        const y = chartArea.top - 10 - 18 * i;
        ctx.strokeStyle = ctx.fillStyle = colour(name);
        ctx.setLineDash(dashed ? [4, 3] : []);
        ctx.beginPath();
        ctx.moveTo(at, chartArea.bottom);
        ctx.lineTo(at, y - 5);
        ctx.stroke();
        const flip = at + 6 + ctx.measureText(text).width > width;
        ctx.textAlign = flip ? "right" : "left";
        ctx.fillText(text, at + (flip ? -6 : 6), y);
      });
      ctx.restore();
    },
  });

  function histogramPlot(parent, name, {title, pnl, measure, height}) {
    const {var : valueAtRisk, es, var_ci: band, level} = measure ?? {};
    const counts = histogram(pnl, valueAtRisk);
    const marks = [
      {text: `VaR ${percent(level)}  ${rounded(valueAtRisk)}`, loss: valueAtRisk, name: "var"},
      {text: `ES ${percent(level)}  ${rounded(es)}`, loss: es, name: "es", dashed: true},
    ].filter(({loss}) => isNumber(loss));
    const ends =
      [...pnl.filter(isNumber), ...marks.map(({loss}) => -loss), ...list(band).filter(isNumber).map((x) => -x)];
    const edge = (x, round) => round(x / counts.width) * counts.width;
    const series = (label, name, points) => ({
      label,
      data: points,
      backgroundColor: colour(name),
      barPercentage: 0.92,
      categoryPercentage: 1,
    });
    plot(parent, name, {
      title,
      height,
      summary:
        `${counted(pnl.length, "scenario")} from ${compact(Math.min(...ends))} to ${compact(Math.max(...ends))}. ` +
        marks.map(({text}) => text).join(", "),
      config: () => ({
        type: "bar",
        data: {
          datasets: [
            series("Scenarios", "point", counts.inside),
            {...series("Losses beyond VaR", "var", counts.beyond), minBarLength: 2}
          ],
        },
        options: {
          layout: {padding: {top: 18 * marks.length}},
          interaction: {mode: "x", intersect: false},
          scales: {
            x: valueAxis({
              type: "linear",
              stacked: true,
              offset: false,
              min: edge(Math.min(...ends), Math.floor),
              max: edge(Math.max(...ends), (x) => Math.floor(x) + 1),
              grid: {display: false},
              ticks: {includeBounds: false},
            }),
            y: valueAxis({stacked: true, ticks: {precision: 0, maxTicksLimit: 5}}),
          },
          plugins: {
            legend: {position: "bottom"},
            tooltip: {
              filter: ({raw}) => raw.y > 0,
              callbacks: {
                title: ([item]) =>
                  item && `${compact(item.raw.x - counts.width / 2)} to ${compact(item.raw.x + counts.width / 2)}`,
                label: ({dataset, raw}) => `${dataset.label}: ${whole(raw.y)}`,
              },
            },
          },
        },
        plugins: [lossMarks(marks, marks.length && list(band).length === 2 ? band : [null])],
      }),
    });
  }

  // ---- look-ups in the data

  const measures = list(data.measures);
  const distributions = list(data.distributions);
  const books = list(data.books);
  const components = list(data.components);
  const levels = unique(measures.map((m) => m.level)).sort((a, b) => a - b);
  const horizons = unique(measures.map((m) => m.horizon_days)).sort((a, b) => a - b);
  const methods = unique(measures.map((m) => m.method));
  const headlineMethod = methods.includes(HEADLINE_METHOD) ? HEADLINE_METHOD : methods[0];
  const headlineLevel = levels.includes(HEADLINE_LEVEL) ? HEADLINE_LEVEL : levels.at(-1);
  const expectedShortfallLevel = levels.includes(0.975) ? 0.975 : headlineLevel;
  const unit = data.base_currency ?? "";
  const coverage = isNumber(data.interval) ? `${percent(data.interval)} ` : "";

  const measureIndex = (rows, method, level, horizon) =>
    list(rows).findIndex((m) => m.method === method && m.level === level && m.horizon_days === horizon);
  const methodOptions = unique(distributions.map((d) => d.method)).map((m) => [m, words(m)]);
  const levelOptions = levels.map((level) => [level, percent(level)]);
  const groupingOptions = (rows) => unique(rows.map((row) => row.grouping)).map((g) => [g, words(g)]);
  const largest = (rows, size) => [...rows].sort((a, b) => size(b) - size(a)).slice(0, MAX_BARS);
  const showing = (shown, all) => (shown < all ? ` (largest ${shown} of ${all})` : "");
  const nameOf = (row) => String(row.name);
  const methodSpec = {key: "method", label: "Method", options: methodOptions, initial: headlineMethod};
  const levelSpec = {key: "level", label: "Level", options: levelOptions, initial: headlineLevel};

  // ---- sections

  function header() {
    document.title = data.title ? `${data.title}, ${data.as_of}` : document.title;
    if (data.title) slot("title").textContent = visible(data.title);
    slot("facts").append(
      term("As of", data.as_of ?? dash),
      term("Base currency", unit || dash),
      term("Market value", figure(["market_value"], full)),
      term("Positions", figure(["positions"], whole)),
      term("Device", data.manifest?.device ?? dash),
    );
    slot("footer").append(el(
      "p", {}, `VaR and ES are losses, in ${unit}. Figures in full precision: report.json`,
      data.schema ? `, ${data.schema}.` : "."));
  }

  const ZONES = {
    green: {sign: "●", kind: "good"},
    yellow: {sign: "▲", kind: "warn"},
    red: {sign: "■", kind: "bad"},
  };
  function zone() {
    const name = data.backtest?.basel_zone;
    if (!name) return number(null);
    const {sign = "", kind = ""} = ZONES[name] ?? {};
    return el(
      "span", {class: kind, "data-path": "backtest.basel_zone", "data-value": name}, `${sign} ${words(name)}`);
  }

  function tiles() {
    const headline = (kind, name, level) => {
      const i = measureIndex(measures, headlineMethod, level, 1);
      if (i < 0) return tile(name, number(null), "not computed");
      return tile(
        `${name} ${percent(level)}, 1 day`, figure(["measures", i, kind], rounded),
        [`${coverage}interval `, range(["measures", i, `${kind}_ci`], measures[i][`${kind}_ci`])],
        words(headlineMethod));
    };
    const backtest = data.backtest;
    slot("tiles").append(
      headline("var", "VaR", headlineLevel),
      headline("es", "ES", expectedShortfallLevel),
      tile(
        "Backtest, Basel zone", zone(),
        backtest ? [figure(["backtest", "basel_exceptions"], (n) => counted(n, "exception")), " in 250 days"] :
                   "not computed"),
      tile(
        "Market value", figure(["market_value"], rounded),
        ["\u00b1 ", figure(["market_value_standard_error"], compact), " simulation error"],
        [figure(["positions"], (n) => counted(n, "position"))]),
      tile(
        "Rejected rows", figure(["rejected_count"], whole),
        data.rejected_count === 0 ? "all input was accepted" : [el("a", {href: "#rejected"}, "What and why")]),
    );
    const text = [];
    const i = measureIndex(measures, headlineMethod, headlineLevel, 1);
    if (isNumber(measures[i]?.var)) {
      text.push(
        `On one day in ${whole(1 / (1 - headlineLevel))} this portfolio is expected to lose more than ${unit} `,
        figure(["measures", i, "var"], rounded), "; the average loss of those days is ",
        figure(["measures", i, "es"], rounded), ". ");
    }
    const total = sum(components.filter((c) => c.grouping === "book").map((c) => c.component_var));
    const top =
      largest(components.filter((c) => c.grouping === "book" && c.component_var > 0), (c) => c.component_var)[0];
    if (top && total > 0)
      text.push(`The book “${shorten(top.name, 60)}” brings ${share(top.component_var / total)} of the VaR. `);
    if (isNumber(data.worst_scenarios?.[0]?.pnl)) {
      text.push(
        `The worst scenario, ${data.worst_scenarios[0].date || "simulated"}, would move the portfolio by `,
        figure(["worst_scenarios", 0, "pnl"], rounded), ".");
    }
    slot("lede").append(el("span", {}, ...text));
  }

  function distribution() {
    const parent = slot("distribution");
    if (!distributions.length) return parent.append(none());
    controls("distribution", [methodSpec, levelSpec], ({method, level}) => {
      clear(parent);
      const {pnl} = distributions.find((d) => d.method === method);
      if (!list(pnl).some(isNumber)) return parent.append(none());
      histogramPlot(parent, "distribution", {
        title: `${words(method)}: ${counted(pnl.length, "scenario")}, ${unit}`,
        pnl,
        height: 340,
        measure: measures[measureIndex(measures, method, level, 1)],
      });
    });
  }

  const whiskers = {
    id: "whiskers",
    beforeDatasetsDraw({ctx, data: {datasets}, scales: {x, y}}) {
      ctx.save();
      ctx.lineWidth = 1.5;
      for (const {data: points, borderColor} of datasets) {
        ctx.strokeStyle = borderColor;
        for (const {low, high, y: row} of points) {
          if (!isNumber(low) || !isNumber(high)) continue;
          const [left, right, at] = [x.getPixelForValue(low), x.getPixelForValue(high), y.getPixelForValue(row)];
          ctx.beginPath();
          ctx.moveTo(left, at);
          ctx.lineTo(right, at);
          for (const end of [left, right]) {
            ctx.moveTo(end, at - 4);
            ctx.lineTo(end, at + 4);
          }
          ctx.stroke();
        }
      }
      ctx.restore();
    },
  };

  function comparePlot(parent, horizon) {
    const rows =
      levels.flatMap((level) => methods.map((method) => measures[measureIndex(measures, method, level, horizon)]))
        .filter((m) => m && isNumber(m.var));
    if (!rows.length) return parent.append(none());
    const series = (kind, label, offset, pointStyle) => ({
      label,
      pointStyle,
      pointRadius: 5,
      pointHoverRadius: 6,
      borderColor: colour(kind),
      backgroundColor: colour(kind),
      data: rows.map((m, i) => ({x: m[kind], y: i + offset, low: m[`${kind}_ci`]?.[0], high: m[`${kind}_ci`]?.[1]})),
    });
    const ends = rows.flatMap((m) => [m.var, m.es, ...list(m.var_ci), ...list(m.es_ci)]).filter(isNumber);
    plot(parent, "compare", {
      title: `Loss over ${days(horizon)} with ${coverage}confidence interval, ${unit}`,
      height: barsHeight(rows.length, 56, 70),
      summary: rows.map((m) => `${words(m.method)} ${percent(m.level)}: VaR ${compact(m.var)}, ES ${compact(m.es)}`)
                 .join("; "),
      config: () => ({
        type: "scatter",
        data: {datasets: [series("var", "VaR", -0.14, "circle"), series("es", "ES", 0.14, "rectRot")]},
        options: {
          scales: {
            x: valueAxis({
              suggestedMin: Math.min(...ends),
              suggestedMax: Math.max(...ends),
              beginAtZero: true,
              ticks: {maxTicksLimit: 6}
            }),
            y: {
              min: -0.5,
              max: rows.length - 0.5,
              reverse: true,
              afterBuildTicks: (axis) => (axis.ticks = rows.map((_, value) => ({value}))),
              grid: {display: false, drawBorder: false},
              ticks: {
                autoSkip: false,
                color: colour("ink"),
                callback: (i) => [words(rows[i].method), percent(rows[i].level)]
              },
            },
          },
          plugins: {
            tooltip: {
              callbacks: {
                label: ({dataset, raw}) =>
                  `${tooltipText(dataset.label, raw.x)} (${full(raw.low)} ${dash} ${full(raw.high)})`
              }
            },
          },
        },
        plugins: [whiskers],
      }),
    });
  }

  function measureTable() {
    const columns = horizons.flatMap((horizon) => [["var", "VaR", horizon], ["es", "ES", horizon]]);
    const cell = (method, level, [kind, , horizon]) => {
      const i = measureIndex(measures, method, level, horizon);
      if (i < 0) return el("td", {class: "number"}, number(null));
      return el(
        "td", {class: "number"}, figure(["measures", i, kind]),
        el("span", {class: "under"}, range(["measures", i, `${kind}_ci`], measures[i][`${kind}_ci`])));
    };
    const note = (method) => {
      const i = measureIndex(measures, method, headlineLevel, horizons[0]);
      if (i < 0) return null;
      return el(
        "span", {class: "under"}, figure(["measures", i, "scenarios"], (n) => counted(n, "scenario")),
        ...(
          isNumber(measures[i].mc_standard_error) ?
            [
              `; Monte Carlo standard error at ${percent(headlineLevel)}: `,
              figure(["measures", i, "mc_standard_error"], full)
            ] :
            []));
    };
    const group = (method) =>
      [el("tr", {}, el("th", {colspan: columns.length + 1, scope: "rowgroup"}, words(method), note(method))),
       ...levels.map(
         (level) =>
           el("tr", {}, el("th", {scope: "row"}, percent(level)), ...columns.map((c) => cell(method, level, c)))),
    ];
    return el(
      "div", {class: "scroll"},
      el(
        "table", {}, el("caption", {}, `VaR and ES with ${coverage}confidence intervals, ${unit}`),
        el(
          "thead", {},
          el(
            "tr", {}, el("th", {scope: "col"}, "Level"),
            ...columns.map(
              ([, name, horizon]) => el("th", {class: "number", scope: "col"}, `${name}, ${days(horizon)}`)))),
        ...methods.map((method) => el("tbody", {}, ...group(method)))));
  }

  function measureSection() {
    const parent = slot("compare");
    if (!measures.length) return parent.append(none());
    controls(
      "compare", [{key: "horizon", label: "Horizon of the chart", options: horizons.map((h) => [h, days(h)])}],
      ({horizon}) => {
        clear(parent);
        comparePlot(parent, horizon);
      });
    slot("measures").append(measureTable());
  }

  function monthTicks(dates) {
    const starts = dates.map((_, i) => i).filter((i) => i && dates[i].slice(0, 7) !== dates[i - 1].slice(0, 7));
    const name = new Intl.DateTimeFormat("en", {month: "short", year: "numeric", timeZone: "UTC"});
    return {
      afterBuildTicks(axis) {
        const step = Math.ceil(starts.length / Math.max(2, Math.floor(axis.chart.width / 95)));
        axis.ticks = (starts.length ? starts.filter((_, i) => i % step === 0) : [0]).map((value) => ({value}));
      },
      grid: {display: false},
      ticks: {
        autoSkip: false,
        maxRotation: 0,
        callback: (i) => (Number.isNaN(Date.parse(dates[i])) ? dates[i] : name.format(new Date(dates[i]))),
      },
    };
  }

  function backtestSection() {
    const parent = slot("backtest");
    const backtest = data.backtest;
    const series = list(backtest?.series);
    if (!backtest) return parent.append(none());
    const [left, right] = [el("div"), el("div")];
    parent.append(el("div", {class: "split"}, left, right));
    const dates = series.map((day) => String(day.date));
    const exceptions = series.map((day, index) => ({day, index})).filter(({day}) => day.exception);
    const name = `${words(backtest.method ?? "")}, ${percent(backtest.level)}`;
    if (series.some((day) => isNumber(day.pnl))) {
      plot(left, "backtest", {
        title: `${name}: daily profit and loss against VaR, ${unit}`,
        height: 360,
        summary: `${counted(exceptions.length, "exception")} in ${days(series.length)}, ${
          plain(backtest.expected)} expected`,
        config: () => ({
          type: "line",
          data: {
            labels: dates,
            datasets: [
              {
                label: "Exception",
                data: series.map((day) => (day.exception ? day.pnl : null)),
                showLine: false,
                pointStyle: "triangle",
                pointRadius: 6,
                pointRotation: 180,
                pointHoverRadius: 7,
                borderColor: colour("bad"),
                backgroundColor: colour("bad")
              },
              {
                label: "Daily P&L",
                data: series.map((day) => day.pnl),
                showLine: false,
                pointRadius: 1.8,
                borderColor: colour("point"),
                backgroundColor: colour("point")
              },
              {
                label: "Minus VaR",
                data: series.map((day) => (isNumber(day.var) ? -day.var : null)),
                stepped: "middle",
                pointStyle: "line",
                pointRadius: 0,
                borderWidth: 1.5,
                borderColor: colour("accent"),
                backgroundColor: colour("accent")
              },
            ],
          },
          options: {
            interaction: {mode: "index", intersect: false},
            scales: {x: monthTicks(dates), y: valueAxis({ticks: {maxTicksLimit: 12}})},
            plugins: {
              tooltip: {
                filter: ({raw}) => isNumber(raw),
                callbacks: {label: ({dataset, raw}) => tooltipText(dataset.label, raw)},
              }
            },
          },
        }),
      });
    } else {
      left.append(none());
    }

    const test = (title, keys, meaning) => {
      const p = keys.reduce((node, key) => node?.[key], backtest)?.p_value;
      const verdict = !isNumber(p) ? number(null) :
        p < SIGNIFICANCE           ? el("span", {class: "verdict bad"}, "✕ rejected") :
                                     el("span", {class: "verdict good"}, "✓ not rejected");
      return el(
        "div", {}, el("dt", {}, title, verdict),
        el(
          "dd", {}, meaning, " p\u00a0=\u00a0", figure(["backtest", ...keys, "p_value"], pValue), ", statistic ",
          figure(["backtest", ...keys, "statistic"], plain), "."));
    };
    right.append(el(
      "dl", {class: "tests"},
      el(
        "div", {},
        el(
          "dt", {}, "Exceptions",
          el(
            "span", {}, figure(["backtest", "exceptions"], whole), " in ", figure(["backtest", "days"], whole),
            " days")),
        el(
          "dd", {}, "A sound model would show about ", figure(["backtest", "expected"], plain),
          `; each VaR looks back over `, figure(["backtest", "window"], whole), " scenarios.")),
      el(
        "div", {}, el("dt", {}, "Basel zone", zone()),
        el(
          "dd", {}, figure(["backtest", "basel_exceptions"], whole),
          " exceptions in the last 250 days at 99\u202f%: up to 4 is " +
            "green, up to 9 yellow (more capital), 10 or more red (the model is presumed wrong). " +
            "Add-on to the multiplier: ",
          figure(["backtest", "basel_plus_factor"], cents), ".")),
      test("Kupiec", ["kupiec"], "Is the number of exceptions what the level promises?"),
      test(
        "Christoffersen, independence", ["christoffersen_independence"],
        "Do exceptions come singly rather than in clusters?"),
      test(
        "Christoffersen, conditional coverage", ["christoffersen_conditional_coverage"],
        "Both questions in one test: right number, no clusters.")));

    if (exceptions.length) {
      parent.append(folded(
        `Days with an exception (${exceptions.length})`,
        table(
          `Days that lost more than VaR, ${unit}`,
          [
            {name: "Date", head: true, cell: ({day}) => String(day.date)},
            {name: "P&L", number: true, cell: ({index}) => figure(["backtest", "series", index, "pnl"])},
            {name: "VaR", number: true, cell: ({index}) => figure(["backtest", "series", index, "var"])},
            {
              name: "Loss / VaR",
              number: true,
              cell: ({day}) => number(isNumber(day.pnl) && day.var ? -day.pnl / day.var : null, cents)
            },
          ],
          exceptions)));
    }
  }

  function contributions() {
    const parent = slot("contributions");
    if (!components.length) return parent.append(none());
    slot("contributions-intro").textContent =
      `Historical method, one day, ${percent(data.component_level)}. Component figures ` +
      "add up to the portfolio's; a negative one reduces the risk. " +
      "Incremental VaR is how much of the VaR would go if the group were closed.";
    const kinds = ["component_var", "component_es", "incremental_var", "standalone_var"];
    const portfolio = measures[measureIndex(measures, HEADLINE_METHOD, data.component_level, 1)] ?? {};
    controls(
      "contributions",
      [
        {key: "grouping", label: "By", options: groupingOptions(components), initial: "book"},
        {key: "kind", label: "Figure", options: kinds.map((kind) => [kind, words(kind)])},
      ],
      ({grouping, kind}) => {
        clear(parent);
        const rows = components.map((row, index) => ({...row, index})).filter((row) => row.grouping === grouping);
        const total = (key) => sum(rows.map((row) => row[key]));
        const shown = largest(rows.filter((row) => isNumber(row[kind])), (row) => Math.abs(row[kind]))
                        .sort((a, b) => b[kind] - a[kind]);
        const [left, right] = [el("div"), el("div", {class: "tiles"})];
        parent.append(el("div", {class: "split"}, left, right));
        if (shown.length) {
          const values = shown.map((row) => row[kind]);
          plot(left, "contributions", {
            title: `${words(kind)} by ${words(grouping).toLowerCase()}, ${unit}${showing(shown.length, rows.length)}`,
            height: barsHeight(shown.length),
            summary: shown.slice(0, 5).map((row) => `${nameOf(row)}: ${compact(row[kind])}`).join("; "),
            config: () =>
              bars(shown.map(nameOf), [{label: words(kind), data: values, backgroundColor: bySign(values)}]),
          });
        } else {
          left.append(none());
        }
        const known = (key) => rows.some((row) => isNumber(row[key]));
        const totalTile = (key, reference, name) => tile(
          `Sum of ${words(key).toLowerCase().replace(/\b(var|es)\b/, (w) => (w === "var" ? "VaR" : "ES"))}`,
          number(known(key) ? total(key) : null, rounded),
          isNumber(reference) ? `portfolio ${name}: ${rounded(reference)}` : null);
        right.append(
          totalTile("component_var", portfolio.var, "VaR"), totalTile("component_es", portfolio.es, "ES"),
          totalTile("standalone_var"),
          tile(
            "Diversification",
            number(
              known("standalone_var") && isNumber(portfolio.var) ? total("standalone_var") - portfolio.var : null,
              rounded),
            "sum of stand-alone VaR minus portfolio VaR"));
        const money = (name, key) => ({name, number: true, cell: (row) => figure(["components", row.index, key])});
        const sorted = [...rows].sort((a, b) => (b[kind] ?? -Infinity) - (a[kind] ?? -Infinity));
        parent.append(folded(
          `Table of all ${rows.length}`,
          table(
            `Contributions by ${words(grouping).toLowerCase()}, ${unit}`,
            [
              {name: words(grouping), head: true, cell: nameOf},
              {name: "Positions", number: true, cell: (row) => figure(["components", row.index, "positions"], whole)},
              money("Market value", "market_value"),
              ...kinds.map((key) => money(words(key), key)),
            ],
            sorted, {
              foot: [
                "Total", number(total("positions"), whole), number(total("market_value")),
                ...["component_var", "component_es"].map((key) => number(known(key) ? total(key) : null))
              ]
            })));
      });
  }

  // The books of a day as series; beyond a legible number, the smaller ones together.
  function bookSeries(rows) {
    const names = unique(rows.flatMap((row) => Object.keys(row.books ?? {})));
    const weight = (name) => sum(rows.map((row) => Math.abs(row.books?.[name] ?? 0)));
    names.sort((a, b) => weight(b) - weight(a));
    const few = names.length <= MAX_BOOK_SERIES + 1 ? names : names.slice(0, MAX_BOOK_SERIES);
    const rest = names.slice(few.length);
    const series = few.map((name) => ({label: name, data: rows.map((row) => row.books?.[name] ?? null)}));
    if (rest.length) {
      series.push(
        {label: `${rest.length} other books`, data: rows.map((row) => sum(rest.map((name) => row.books?.[name])))});
    }
    return series.map((set, i) => ({...set, label: shorten(set.label, 40), backgroundColor: BOOK_COLOURS[i]}));
  }

  function worstSection() {
    const parent = slot("worst");
    const rows = list(data.worst_scenarios);
    if (!rows.length) return parent.append(none());
    const [left, right] = [el("div"), el("div")];
    parent.append(el("div", {class: "split even"}, left, right));
    const labels = rows.map((row) => row.date || `Scenario ${row.rank}`);
    const series = bookSeries(rows);
    if (series.some((set) => set.data.some(isNumber))) {
      plot(left, "worst", {
        title: `Profit and loss by book, ${unit}`,
        height: barsHeight(rows.length, 42, 90),
        summary: rows.slice(0, 3).map((row, i) => `${labels[i]}: ${compact(row.pnl)}`).join("; "),
        config: () => bars(labels, series, {stacked: true, legend: true}),
      });
    } else {
      left.append(none());
    }
    right.append(table(
      `The ${rows.length} worst, ${unit}`,
      [
        {name: "Date", head: true, cell: (_, i) => labels[i]},
        {name: "P&L", number: true, cell: (_, i) => figure(["worst_scenarios", i, "pnl"])},
        {
          name: "Largest moves",
          cell: ({moves}) => list(moves).slice(0, 5).map((m) => `${m.factor}\u00a0${shock(m)}`).join(", ") || dash
        },
      ],
      rows, {kind: "cards"}));
  }

  function exposures() {
    const parent = slot("exposures");
    const all = list(data.exposures);
    if (!all.length) return parent.append(none());
    controls(
      "exposures", [{key: "grouping", label: "By", options: groupingOptions(all), initial: "underlying"}],
      ({grouping}) => {
        clear(parent);
        const rows = all.filter((row) => row.grouping === grouping && [row.long, row.short, row.net].some(isNumber));
        if (!rows.length) return parent.append(none());
        const shown = largest(rows, (row) => Math.max(Math.abs(row.long ?? 0), Math.abs(row.short ?? 0)));
        const of = (key) => shown.map((row) => row[key]);
        plot(parent, "exposures", {
          title: `By ${words(grouping).toLowerCase()}, ${unit}${showing(shown.length, rows.length)}`,
          height: barsHeight(shown.length, 26, 80),
          summary:
            shown.slice(0, 5)
              .map(
                (row) =>
                  `${nameOf(row)}: long ${compact(row.long)}, short ${compact(row.short)}, net ${compact(row.net)}`)
              .join("; "),
          config: () => bars(
            shown.map(nameOf),
            [
              {
                label: "Net",
                type: "line",
                showLine: false,
                data: of("net"),
                pointStyle: "rectRot",
                pointRadius: 6,
                borderWidth: 1.5,
                borderColor: colour("surface"),
                backgroundColor: colour("ink")
              },
              {label: "Long", data: of("long"), backgroundColor: colour("long")},
              {label: "Short", data: of("short"), backgroundColor: colour("short")},
            ],
            {stacked: true}),
        });
      });
  }

  function sensitivities() {
    const parent = slot("sensitivities");
    const all = list(data.sensitivities);
    if (!all.length) return parent.append(none());
    const kinds = unique(all.map((row) => row.kind)).map((kind) => [kind, words(kind)]);
    controls("sensitivities", [{key: "kind", label: "Move", options: kinds}], ({kind}) => {
      clear(parent);
      const rows = all.filter((row) => row.kind === kind && isNumber(row.value));
      if (!rows.length) return parent.append(none());
      const shown = largest(rows, (row) => Math.abs(row.value)).sort((a, b) => b.value - a.value);
      const values = shown.map((row) => row.value);
      plot(parent, "sensitivities", {
        title: `${words(kind)}: change in value, ${unit}${showing(shown.length, rows.length)}`,
        height: barsHeight(shown.length),
        summary: shown.slice(0, 5).map((row) => `${nameOf(row)}: ${compact(row.value)}`).join("; "),
        config: () => bars(shown.map(nameOf), [{label: words(kind), data: values, backgroundColor: bySign(values)}]),
      });
    });
  }

  function bookSection() {
    const parent = slot("books");
    if (!books.length) return parent.append(none());
    controls(
      "books",
      [
        {key: "book", label: "Book", options: books.map((book, i) => [i, shorten(nameOf(book), 60)])}, methodSpec,
        levelSpec
      ],
      ({book: index, method, level}) => {
        clear(parent);
        const book = books[index];
        const at = measureIndex(book.measures, method, level, 1);
        const measure = list(book.measures)[at];
        const risk = (kind) => (at < 0 ? number(null) : figure(["books", index, "measures", at, kind], rounded));
        parent.append(
          el("h3", {class: "visually-hidden"}, nameOf(book)),
          el(
            "div", {class: "tiles"}, tile(`VaR ${percent(level)}, 1 day`, risk("var"), words(method ?? "")),
            tile(`ES ${percent(level)}, 1 day`, risk("es"), words(method ?? "")),
            tile("Market value", figure(["books", index, "market_value"], rounded)),
            tile("Positions", figure(["books", index, "positions"], whole))));
        const [left, right] = [el("div"), el("div")];
        parent.append(el("div", {class: "split"}, left, right));

        const source = distributions.find((d) => d.method === method);
        const pnl = list(source?.books?.[book.name]);
        const scenarios =
          pnl.map((value, i) => ({value, total: source.pnl[i], label: source.dates?.[i] ?? `Scenario ${i + 1}`}))
            .filter(({value}) => isNumber(value));
        if (scenarios.length) {
          const title = `${shorten(nameOf(book), 60)}, ${words(method).toLowerCase()}`;
          histogramPlot(
            left, "bookDistribution",
            {title: `${title}: ${counted(pnl.length, "scenario")}, ${unit}`, pnl, measure, height: 330});
          const worst = scenarios.sort((a, b) => a.value - b.value).slice(0, 8);
          plot(right, "bookWorst", {
            title: `Worst scenarios of the book, ${unit}`,
            height: barsHeight(worst.length, 36),
            summary: worst.slice(0, 3).map(({label, value}) => `${label}: ${compact(value)}`).join("; "),
            config: () => bars(
              worst.map(({label}) => label),
              [
                {
                  label: "Book",
                  data: worst.map(({value}) => value),
                  backgroundColor: colour("short"),
                  maxBarThickness: 13
                },
                {
                  label: "Portfolio",
                  data: worst.map(({total}) => total),
                  backgroundColor: colour("point"),
                  maxBarThickness: 13
                },
              ]),
          });
        } else {
          left.append(none());
        }

        const top = list(book.top_positions);
        const path = (i, key) => ["books", index, "top_positions", i, key];
        parent.append(
          top.length ? table(
                         `Positions that carry most of the book's risk, ${unit}`,
                         [
                           {name: "Position", head: true, cell: (row) => String(row.id)},
                           {name: "Product", cell: (row) => String(row.product)},
                           {name: "Underlying", cell: (row) => String(row.underlying)},
                           {name: "Market value", number: true, cell: (_, i) => figure(path(i, "market_value"))},
                           {name: "Component ES", number: true, cell: (_, i) => figure(path(i, "component_es"))},
                         ],
                         top, {kind: "cards"}) :
                       none("No positions."));
      });
  }

  function conventions() {
    const entries = Object.entries(data.conventions ?? {});
    slot("conventions")
      .append(
        entries.length ?
          el(
            "dl", {class: "conventions"},
            ...entries.flatMap(([name, text]) => [el("dt", {}, words(name)), el("dd", {}, String(text))])) :
          none("None stated."));
  }

  drawPage({
    header,
    tiles,
    distribution,
    measureSection,
    backtestSection,
    contributions,
    worstSection,
    exposures,
    sensitivities,
    bookSection,
    rejected,
    conventions,
    run: () => run((entry, manifest) => {
      const amount = (name, key) => entry(name, figure(["manifest", key], whole));
      return [
        ...entry("Device", manifest.device), ...entry("Instruction set", manifest.instruction_set),
        ...entry("Seed", figure(["manifest", "seed"], String)), ...amount("Trades", "trades"),
        ...amount("Scenarios", "scenarios"), ...amount("Trades × scenarios per second", "trades_x_scenarios_per_second")
      ];
    }),
  });
}
