#include "kernels/cuda/paths.hpp"

#include <cstdio>

namespace dojima::kernels {
namespace {

using source = payoff_node::source;

std::string text(int n) { return std::to_string(n); }
std::string number(double x) {
  char exact[40];
  std::snprintf(exact, sizeof exact, "%a", x);
  const std::string s = exact;
  if (s == "inf") return "dojima::infinity";
  if (s == "-inf") return "-dojima::infinity";
  if (s.find("nan") != std::string::npos) return "dojima::not_a_number";
  return s;
}

/// The operations and leaves of an expression, one line each, as variables n0, n1, ...
std::string body(const std::vector<payoff_node>& nodes, const std::string& indent) {
  std::string all;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const payoff_node& n = nodes[i];
    std::string value;
    switch (n.from) {
    case source::constant: value = "Real(" + number(n.value) + ")"; break;
    case source::observed: value = "seen[" + text(n.index) + "]"; break;
    case source::date: value = "Real(dates[" + text(n.index) + "])"; break;
    case source::shared: value = "Real(shared[" + text(n.index) + "])"; break;
    case source::own: value = "Real(own[" + text(n.index) + "])"; break;
    case source::accumulator: value = "a" + text(n.index); break;
    case source::operation:
      value = "pay_" + std::string(name_of(n.code)) + "(";
      for (int k = 0; k < 3 && n.args[k] >= 0; ++k) value += (k > 0 ? ", n" : "n") + text(n.args[k]);
      value += ")";
    }
    all += indent + "const " + (n.is_mask ? "bool" : "Real") + " n" + text(static_cast<int>(i)) + " = " + value + ";\n";
  }
  return all;
}

std::string state_source(const path_job& job) {
  const payoff_program& p = *job.payoffs;
  const int count = static_cast<int>(p.starts.size());
  std::string all = "struct state {\n";
  for (int i = 0; i < count; ++i) all += "  Real a" + text(i) + ";\n";
  all += "  DOJIMA_FN void start(const T* shared) {\n";
  for (int i = 0; i < count; ++i)
    all += "    a" + text(i) + " = Real(shared[" + text(p.starts[static_cast<std::size_t>(i)]) + "]);\n";
  all += "  }\n  DOJIMA_FN void observe(std::uint64_t mask, const Real (&seen)[" + text(job.arguments.assets * p.observables) +
         "], const T* dates, const T* shared) {\n";
  for (std::size_t k = 0; k < p.schedules.size(); ++k) {
    const observation& o = p.schedules[k];
    all += "    if ((mask >> " + text(static_cast<int>(k)) + " & 1u) != 0) {\n" + body(o.nodes, "      ");
    for (const observation::update& u : o.updates) all += "      a" + text(u.accumulator) + " = n" + text(u.node) + ";\n";
    all += "    }\n";
  }
  all += "  }\n  DOJIMA_FN void store(T* to, std::int64_t stride) const {\n";
  for (int i = 0; i < count; ++i) all += "    keep(to + " + text(i) + " * stride, a" + text(i) + ");\n";
  all += "  }\n  DOJIMA_FN void load(const T* from, std::int64_t stride) {\n";
  for (int i = 0; i < count; ++i) all += "    a" + text(i) + " = Real(from[" + text(i) + " * stride]);\n";
  all += "  }\n";
  for (std::size_t c = 0; c < p.classes.size(); ++c) {
    const payoff_class& form = p.classes[c];
    all += "  DOJIMA_FN void value_" + text(static_cast<int>(c)) +
           "(const T* own, const T* shared, double& value, double& control) const {\n" + body(form.nodes, "    ") +
           "    value = widened(n" + text(form.value) + ");\n";
    if (form.control >= 0) all += "    control = widened(n" + text(form.control) + ");\n";
    all += "  }\n";
  }
  return all + "};\n";
}

/// Adds the samples of one trade to its sums.
std::string add_up(const payoff_program& p, const std::string& sums, const std::string& y, const std::string& x,
                   const std::string& indent) {
  std::string all;
  for (int m = 0; m < p.measures; ++m) {
    const std::string ym = y + "[" + text(m) + "]";
    all += indent + sums + "[" + text(2 * m) + "] = " + sums + "[" + text(2 * m) + "] + " + ym + ";\n";
    all +=
        indent + sums + "[" + text(2 * m + 1) + "] = pay_fma(" + ym + ", " + ym + ", " + sums + "[" + text(2 * m + 1) + "]);\n";
  }
  if (p.control) {
    const int k = 2 * p.measures;
    all += indent + sums + "[" + text(k) + "] = " + sums + "[" + text(k) + "] + " + x + ";\n";
    all += indent + sums + "[" + text(k + 1) + "] = pay_fma(" + x + ", " + x + ", " + sums + "[" + text(k + 1) + "]);\n";
    all += indent + sums + "[" + text(k + 2) + "] = pay_fma(" + x + ", " + y + "[0], " + sums + "[" + text(k + 2) + "]);\n";
  }
  return all;
}

/// Weighs the value of scenario s into the measures.
std::string weigh(const payoff_program& p, const std::string& weights, const std::string& y, const std::string& x,
                  const std::string& indent) {
  std::string all;
  const auto line = [&](const std::string& to, const std::string& m, const std::string& value) {
    const std::string w = "sum_t(" + weights + "[" + m + " * a.scenarios + s])", v = "sum_t(" + value + ")";
    all += indent + to + " = s == 0 ? " + w + " * " + v + " : pay_fma(" + w + ", " + v + ", " + to + ");\n";
  };
  for (int m = 0; m < p.measures; ++m) line(y + "[" + text(m) + "]", text(m), "value");
  if (p.control) line(x, "0", "control");
  return all;
}

std::string fused_source(const path_job& job) {
  const payoff_program& p = *job.payoffs;
  const int sums = p.sums();
  const std::string all_sums = text(job.arguments.trades * sums);
  // Paths that share a block of draws come four at a time; in single precision the eight of a lane are added up before they
  // meet the double sums. A whole tile needs no test whether a path counts.
  std::string all = "struct adder {\n"
                    "  template <bool whole, int lanes> static __device__ __forceinline__ void add(const path_arguments& a, "
                    "std::int64_t tile, int live, double (&sums)[lanes][" +
                    all_sums +
                    "]) {\n"
                    "    constexpr int together = setup::one_word ? 4 : 1;\n"
                    "    sum_t run[lanes][" +
                    all_sums +
                    "] = {};\n"
                    "#pragma unroll(whole ? 2 : 1)\n"
                    "    for (int round = whole ? 0 : threadIdx.x; round < live; round += together * path_lanes)\n"
                    "#pragma unroll\n"
                    "    for (int l = 0; l < lanes; ++l) {\n"
                    "      const int at = round + l * (path_lanes / lanes) + (whole ? threadIdx.x : 0);\n"
                    "      if (!whole && l > 0 && at >= live) break;\n"
                    "      const std::int64_t first = setup::one_word ? tile | static_cast<unsigned>(at) : tile + at;\n"
                    "      draws_of<setup> given[4];\n"
                    "      if constexpr (setup::one_word) draw_group<setup>(a, first, 0, given);\n"
                    "#pragma unroll\n"
                    "      for (int k = 0; k < together; ++k) {\n"
                    "        if (!whole && k > 0 && at + k * path_lanes >= live) break;\n"
                    "        state s0;\n"
                    "        walk<setup>(a, 0, first + k * path_lanes, s0, given + k);\n"
                    "        const T* const shared = static_cast<const T*>(a.shared);\n"
                    "        constexpr int s = 0;\n";
  for (std::size_t c = 0; c < p.classes.size(); ++c)
    for (int t = 0; t < p.classes[c].trades; ++t) {
      const payoff_class& form = p.classes[c];
      const int trade = form.first_trade + t;
      all += "      {\n        double value = 0, control = 0;\n        sum_t y[" + text(p.measures) +
             "] = {}, x = 0.0;\n        s0.value_" + text(static_cast<int>(c)) + "(static_cast<const T*>(a.own) + " +
             text(form.first_own + t * form.parameters) + ", shared, value, control);\n        const double* w = a.weights + " +
             text(trade * p.measures) + " * a.scenarios;\n" + weigh(p, "w", "y", "x", "        ") +
             "        sum_t* sum = run[l] + " + text(trade * sums) + ";\n" + add_up(p, "sum", "y", "x", "        ") +
             "      }\n";
    }
  return all +
         "      }\n    }\n#pragma unroll\n    for (int l = 0; l < lanes; ++l)\n#pragma unroll\n      for (int k = 0; k < " +
         all_sums +
         "; ++k) sums[l][k] = widened(run[l][k]);\n  }\n};\n"
         "extern \"C\" __global__ void __launch_bounds__(tile_threads<setup>, tile_blocks<setup>) " +
         std::string(fused_name) + "(const __grid_constant__ path_arguments a) { add_tile<setup, adder, " + all_sums +
         ">(a); }\n";
}

std::string memory_source(const path_job& job) {
  const payoff_program& p = *job.payoffs;
  const int sums = p.sums(), group = group_trades(sums);
  const std::string accumulators = text(static_cast<int>(p.starts.size()));
  std::string all = "extern \"C\" __global__ void __launch_bounds__(path_lanes) " + std::string(states_name) +
                    "(const __grid_constant__ path_arguments a) {\n"
                    "  const std::int64_t local = std::int64_t{blockIdx.x} * path_lanes + threadIdx.x;\n"
                    "  const std::int64_t path = a.first_tile * tile_paths + local;\n"
                    "  if (path >= a.paths) return;\n"
                    "  state s;\n"
                    "  draws_of<setup> given;\n"
                    "  if constexpr (setup::one_word) given = draw_one_word<setup>(a, path);\n"
                    "  walk<setup>(a, blockIdx.y, path, s, &given);\n"
                    "  s.store(static_cast<T*>(a.states) + std::int64_t{blockIdx.y} * " +
                    accumulators +
                    " * a.states_stride + local, a.states_stride);\n"
                    "}\n";
  for (std::size_t c = 0; c < p.classes.size(); ++c) {
    const std::string parameters = text(p.classes[c].parameters);
    all += "__device__ __forceinline__ void values_" + text(static_cast<int>(c)) +
           "(const path_arguments& a, int trade, int trades, int first_own, double (&sums)[" + text(group * sums) +
           "]) {\n"
           "#pragma unroll 1\n"
           "  for (int round = 0; round < tile_paths / path_lanes; ++round) {\n"
           "    const std::int64_t local = std::int64_t{blockIdx.x} * tile_paths + round * path_lanes + threadIdx.x;\n"
           "    if (a.first_tile * tile_paths + local >= a.paths) break;\n"
           "    double y[" +
           text(group) + "][" + text(p.measures) + "] = {}, x[" + text(group) +
           "] = {};\n"
           "#pragma unroll 1\n"
           "    for (int s = 0; s < a.scenarios; ++s) {\n"
           "      state now;\n"
           "      now.load(static_cast<const T*>(a.states) + std::int64_t{s} * " +
           accumulators +
           " * a.states_stride + local, a.states_stride);\n"
           "      const T* const shared = static_cast<const T*>(a.shared) + std::int64_t{s} * a.shared_count;\n"
           "      const T* own = static_cast<const T*>(a.own) + std::int64_t{s} * a.own_count + first_own;\n"
           "#pragma unroll\n"
           "      for (int t = 0; t < " +
           text(group) + "; ++t, own += " + parameters +
           ") {\n"
           "        if (t >= trades) break;\n"
           "        double value = 0, control = 0;\n"
           "        now.value_" +
           text(static_cast<int>(c)) +
           "(own, shared, value, control);\n"
           "        const double* w = a.weights + std::int64_t{trade + t} * " +
           text(p.measures) + " * a.scenarios;\n" + weigh(p, "w", "y[t]", "x[t]", "        ") +
           "      }\n    }\n#pragma unroll\n    for (int t = 0; t < " + text(group) +
           "; ++t) {\n      double* sum = sums + t * " + text(sums) + ";\n" + add_up(p, "sum", "y[t]", "x[t]", "      ") +
           "    }\n  }\n}\n";
  }
  all += "extern \"C\" __global__ void __launch_bounds__(path_lanes) " + std::string(values_name) +
         "(const __grid_constant__ path_arguments a) {\n"
         "  const std::int32_t* group = a.groups + 4 * blockIdx.y;\n"
         "  double sums[" +
         text(group * sums) + "] = {};\n  switch (group[0]) {\n";
  for (std::size_t c = 0; c < p.classes.size(); ++c)
    all += "  case " + text(static_cast<int>(c)) + ": values_" + text(static_cast<int>(c)) +
           "(a, group[1], group[2], group[3], sums); break;\n";
  return all + "  }\n  __shared__ double folded[" + text(group * sums) +
         "];\n  fold(sums, folded);\n  if (threadIdx.x < group[2] * " + text(sums) +
         ")\n    a.partial[(std::int64_t{blockIdx.x} * a.trades + group[1]) * " + text(sums) +
         " + threadIdx.x] = folded[threadIdx.x];\n}\n";
}

} // namespace

std::string generate(const path_job& job) {
  const auto boolean = [](bool b) { return std::string(b ? "true" : "false"); };
  const std::string process = name_of(job.process);
  std::string all =
      "#include \"kernels/cuda/paths_prelude.hpp\"\n#include \"models/process/" + process +
      ".hpp\"\nusing namespace dojima;\nusing Real = " + (job.format == number_format::single ? "single" : "double") +
      ";\nusing T = uniform_of<Real>;\n";
  all += state_source(job);
  all += "struct setup {\n  using Real = ::Real;\n  using Drawn = " +
         std::string(job.format == number_format::double_ ? "double" : "single") + ";\n  using process = dojima::" + process +
         "<Real>;\n  using state = ::state;\n  static constexpr int assets = " + text(job.arguments.assets) +
         ";\n  static constexpr bool correlated = " + boolean(job.arguments.correlation != nullptr) +
         ", mirrors = " + boolean(job.mirrors) + ", from_memory = " + boolean(job.arguments.draws != nullptr) +
         ", every_step = " + boolean(job.every_step) + ", at_end = " + boolean(job.at_end) +
         ", mixed = " + boolean(job.format == number_format::mixed) +
         ";\n  using layout = draw_layout<process::normals>;\n"
         "  static constexpr bool whole_groups = layout::steps == 1 || " +
         boolean(job.arguments.steps % 4 == 0) + ", one_word = layout::words == 1 && " + boolean(shares_blocks(job.arguments)) +
         ";\n};\nusing sum_t = " + (job.through_memory ? "double" : "conditional<setup::one_word, Real, double>") + ";\n";
  all += job.through_memory ? memory_source(job) : fused_source(job);
  return all + "extern \"C\" __global__ void __launch_bounds__(path_lanes) " + chunks_name +
         "(const __grid_constant__ path_arguments a, std::int64_t tiles) { add_chunk(a, tiles, " +
         text(job.arguments.trades * job.payoffs->sums()) + "); }\n";
}

} // namespace dojima::kernels
