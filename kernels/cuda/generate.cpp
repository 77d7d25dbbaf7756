#include "kernels/cuda/generate.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace dojima::kernels {
namespace {

enum class shape_of : char { vectors, scalars, rows, columns };
constexpr std::int64_t threads = 256, row_threads = 128;
constexpr int row_loads = 4; ///< of one lane, under way at a time

const char* c_type(dtype type) {
  constexpr const char* names[] = {"bool",  "e::int32", "e::uint32",    "e::int64",
                                   "float", "double",   "e::complex64", "e::complex128"};
  return names[static_cast<int>(type)];
}
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Where things stand in the words, and what is fixed in the source. Computed in the same way for the launch and for the
/// source.
struct layout {
  const program& p;
  shape_of shape;
  bool small;     ///< flat indices fit 32 bits
  int group = 32; ///< rows: lanes of one result
  int width = 1;  ///< vectors: elements of one access
  int unroll = 1; ///< elementwise: accesses of one thread

  static constexpr std::size_t size_word = 0, length_word = 1, tiles_word = 2, fault_word = 3, domain_word = 4;

  explicit layout(const program& program) : p(program) {
    small = p.kept_size() * (p.reduced > 0 ? std::max<std::int64_t>(p.reduced_size(), p.tiles()) : 1) < (std::int64_t{1} << 31);
    unroll = p.inputs.size() <= 2 ? 4 : 2;
    if (p.reduced == 0) choose_elementwise();
    else choose_reduction();
  }

  bool tiled() const { return p.reduced > 0 && p.tiles() > 1; }
  std::size_t kept() const { return p.domain.size() - p.reduced; }

private:
  void choose_elementwise() {
    shape = shape_of::scalars;
    // Many loads at once hide the memory's latency; long bodies do that by themselves, and copies of them take time to compile.
    const int work = functions();
    if (work > 0 ||
        std::ranges::any_of(p.body, [](const instruction& i) { return i.code == op::divide || i.code == op::sqrt; }))
      unroll = 1;
    if (p.domain.size() > 1 || work > 4) return;
    std::size_t widest = 1;
    bool even = true;
    const auto look = [&](const operand& x) {
      const std::int64_t stride = x.strides.empty() ? 0 : x.strides[0];
      if (x.data == nullptr || x.index != no_register || stride > 1 || stride < 0) even = false;
      else if (stride == 1) widest = std::max(widest, size_of(x.type));
    };
    for (const operand& x : p.inputs) look(x);
    for (const output& o : p.outputs) {
      look(o.to);
      even = even && !o.to.strides.empty() && o.to.strides[0] == 1;
    }
    width = static_cast<int>(16 / widest);
    const auto aligned = [&](const operand& x) {
      return x.strides.empty() || x.strides[0] == 0 ||
             reinterpret_cast<std::uintptr_t>(x.data) % (size_of(x.type) * static_cast<std::size_t>(width)) == 0;
    };
    for (const operand& x : p.inputs) even = even && aligned(x);
    for (const output& o : p.outputs) even = even && aligned(o.to);
    if (even && !p.domain.empty()) shape = shape_of::vectors;
  }
  /// How long the body is, in functions of the size of an exponential.
  int functions() const {
    int n = 0;
    for (const instruction& i : p.body)
      if (i.code == op::exp || i.code == op::expm1 || i.code == op::log || i.code == op::log1p) ++n;
      else if (i.code == op::power || i.code >= op::cbrt) n += 3;
    return n;
  }
  void choose_reduction() {
    shape = shape_of::rows;
    if (p.reduced_size() < lanes)
      group = static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(p.reduced_size(), 1))));
    std::size_t shared = 0;
    for (const accumulator& a : p.accumulators) shared += (size_of(a.type) + (has_position(a.what) ? 8 : 0)) * 33 * 32;
    if (kept() == 0 || p.domain[kept() - 1] < 16 || shared > 48 * 1024) return;
    bool dense = false;
    for (const operand& x : p.inputs) {
      if (x.strides.back() == 1) return;
      dense = dense || x.strides[kept() - 1] == 1;
    }
    if (dense) shape = shape_of::columns;
  }
};

/// Strides of 0 and 1 are part of the source, others are words.
char stride_class(std::int64_t stride) { return stride == 0 ? '0' : stride == 1 ? '1' : 's'; }

/// Visits everything that stands in the words, in order.
template <class Number, class Operand, class Constant>
void for_words(const layout& l, const index_fault* fault, Number&& number, Operand&& on_operand, Constant&& on_constant) {
  number(l.p.kept_size());
  number(l.p.reduced > 0 ? l.p.reduced_size() : 0);
  number(l.p.tiles());
  number(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(fault)));
  for (const std::int64_t extent : l.p.domain) number(extent);
  for (const operand& x : l.p.inputs) on_operand(x);
  for (const constant& c : l.p.constants) on_constant(c);
  for (const output& o : l.p.outputs) on_operand(o.to);
}
/// Words of an operand: data or offset, strides other than 0 and 1, index stride and extent.
template <class Word> void operand_words(const operand& x, Word&& word) {
  word(x.data != nullptr ? static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(x.data)) : x.offset);
  for (const std::int64_t stride : x.strides)
    if (stride != 0 && stride != 1) word(stride);
  if (x.index != no_register) {
    word(x.index_stride);
    word(x.index_extent);
  }
}

/// Writes the source of one program.
class writer {
public:
  writer(const program& p, std::size_t words) : p_(p), l_(p), words_(words) {}

  std::string run() {
    text_ = "#include \"kernels/cuda/prelude.hpp\"\nusing namespace dojima;\nstruct arguments { unsigned long long w[" +
            std::to_string(words_) + "]; };\n";
    number_words();
    const bool columns = l_.shape == shape_of::columns;
    line("extern \"C\" __global__ void __launch_bounds__(" +
         std::to_string(columns                      ? 1024
                        : l_.shape == shape_of::rows ? row_threads
                                                     : threads) +
         ") " + generated_name + "(const __grid_constant__ arguments a) {");
    declare();
    switch (l_.shape) {
    case shape_of::vectors: vectors(); break;
    case shape_of::scalars: scalars(); break;
    case shape_of::rows: rows(); break;
    case shape_of::columns: columns_body(); break;
    }
    line("}");
    return std::move(text_);
  }

private:
  void line(const std::string& s) { text_ += s + "\n"; }
  static std::string str(std::size_t i) { return std::to_string(i); }
  static std::string reg(std::size_t r) { return "r" + std::to_string(r); }
  static std::string word(std::size_t w) { return "(long long)a.w[" + std::to_string(w) + "]"; }

  void number_words() {
    std::size_t next = 0;
    for_words(
        l_, nullptr, [&](std::int64_t) { ++next; },
        [&](const operand& x) {
          operand_at_.push_back(next);
          operand_words(x, [&](std::int64_t) { ++next; });
        },
        [&](const constant& c) {
          constant_at_.push_back(next);
          next += size_of(c.type) == 16 ? 2 : 1;
        });
  }
  const operand& operand_of(std::size_t i) const {
    return i < p_.inputs.size() ? p_.inputs[i] : p_.outputs[i - p_.inputs.size()].to;
  }

  void declare() {
    for (std::size_t i = 0; i < operand_at_.size(); ++i) {
      const operand& x = operand_of(i);
      if (x.data != nullptr)
        line(std::string(i < p_.inputs.size() ? "const " : "") + c_type(x.type) + "* p" + str(i) + " = (" +
             (i < p_.inputs.size() ? "const " : "") + c_type(x.type) + "*)a.w[" + str(operand_at_[i]) + "];");
    }
    for (std::size_t i = 0; i < constant_at_.size(); ++i)
      line("const " + std::string(c_type(p_.constants[i].type)) + " " + reg(p_.inputs.size() + i) + " = *(const " +
           c_type(p_.constants[i].type) + "*)&a.w[" + str(constant_at_[i]) + "];");
    line("const long long n = " + word(layout::size_word) + ";");
  }

  /// The offset of an operand from coordinates x0, x1, ... of dimensions [from, to).
  std::string offset(std::size_t i, std::size_t from, std::size_t to) const {
    const operand& x = operand_of(i);
    std::string sum;
    std::size_t w = operand_at_[i] + 1;
    for (std::size_t d = 0; d < x.strides.size(); ++d) {
      const char kind = stride_class(x.strides[d]);
      if (kind != '0' && d >= from && d < to)
        sum += (sum.empty() ? "" : " + ") + std::string("(long long)x") + str(d) + (kind == 's' ? " * " + word(w) : "");
      if (kind == 's') ++w;
    }
    return sum.empty() ? "0" : sum;
  }
  std::size_t index_word(std::size_t i) const {
    const operand& x = operand_of(i);
    std::size_t w = operand_at_[i] + 1;
    for (const std::int64_t stride : x.strides) w += stride_class(stride) == 's' ? 1 : 0;
    return w;
  }
  std::string load(std::size_t i, const std::string& at) const {
    const operand& x = p_.inputs[i];
    if (x.data == nullptr) return word(operand_at_[i]) + " + " + at;
    if (x.index == no_register) return "p" + str(i) + "[" + at + "]";
    const std::size_t w = index_word(i);
    return "p" + str(i) + "[" + at + " + checked(" + reg(x.index) + ", " + word(w + 1) + ", (index_fault*)a.w[" +
           str(layout::fault_word) + "]) * " + word(w) + "]";
  }
  /// x<from> ... x<to - 1> from a flat index over those dimensions.
  void coordinates(const std::string& flat, std::size_t from, std::size_t to) {
    const std::string type = l_.small ? "unsigned" : "long long";
    if (from == to) return;
    line(type + " rest" + str(from) + " = (" + type + ")(" + flat + ");");
    for (std::size_t d = to; d-- > from + 1;) {
      const std::string extent = "(" + type + ")a.w[" + str(layout::domain_word + d) + "]";
      line("const " + type + " x" + str(d) + " = rest" + str(from) + " % " + extent + "; rest" + str(from) + " /= " + extent +
           ";");
    }
    line("const " + type + " x" + str(from) + " = rest" + str(from) + ";");
  }
  void instructions(const std::vector<instruction>& list, std::size_t first) {
    for (std::size_t s = 0; s < list.size(); ++s) {
      const instruction& i = list[s];
      std::string call =
          i.code == op::cast ? "e::cast<" + std::string(c_type(i.result)) + ">(" : "e::" + std::string(name_of(i.code)) + "(";
      for (int a = 0; a < 3 && i.args[a] != no_register; ++a) call += (a > 0 ? ", " : "") + reg(i.args[a]);
      line("const " + std::string(c_type(i.result)) + " " + reg(first + s) + " = " + call + ");");
    }
  }
  void body() { instructions(p_.body, p_.inputs.size() + p_.constants.size()); }
  bool is_uniform(const operand& x) const {
    return x.data != nullptr && x.index == no_register && std::ranges::all_of(x.strides, [](std::int64_t s) { return s == 0; });
  }
  void declare_input(std::size_t i, const std::string& value) {
    line("const " + std::string(c_type(p_.inputs[i].type)) + " " + reg(i) + " = " + value + ";");
  }
  void store(std::size_t o, const std::string& at) {
    const output& out = p_.outputs[o];
    const std::size_t i = p_.inputs.size() + o;
    if (out.to.index == no_register) line("p" + str(i) + "[" + at + "] = " + reg(out.value) + ";");
    else
      line("if (" + reg(out.to.index) + " >= 0) p" + str(i) + "[" + at + " + " + reg(out.to.index) + " * " +
           word(index_word(i)) + "] = " + reg(out.value) + ";");
  }

  void vectors() {
    const std::string v = std::to_string(l_.width), u = std::to_string(l_.unroll);
    const auto is_even = [&](const operand& x) { return !x.strides.empty() && x.strides[0] == 1; };
    const auto vector_of = [&](const operand& x) { return "vector<" + std::string(c_type(x.type)) + ", " + v + ">"; };
    for (std::size_t i = 0; i < p_.inputs.size(); ++i)
      if (!is_even(p_.inputs[i])) declare_input(i, "p" + str(i) + "[0]");
    line("const long long block = (long long)blockIdx.x * (256 * " + u + " * " + v + ");");
    line("if (block + 256 * " + u + " * " + v + " <= n) {");
    line("const long long first = block / " + v + " + threadIdx.x;");
    for (std::size_t i = 0; i < p_.inputs.size(); ++i)
      if (is_even(p_.inputs[i])) line(vector_of(p_.inputs[i]) + " v" + str(i) + "[" + u + "];");
    line("_Pragma(\"unroll\") for (int u = 0; u < " + u + "; ++u) {");
    for (std::size_t i = 0; i < p_.inputs.size(); ++i)
      if (is_even(p_.inputs[i]))
        line("v" + str(i) + "[u] = ((const " + vector_of(p_.inputs[i]) + "*)p" + str(i) + ")[first + u * 256];");
    line("}\n_Pragma(\"unroll\") for (int u = 0; u < " + u + "; ++u) {");
    for (std::size_t o = 0; o < p_.outputs.size(); ++o) line(vector_of(p_.outputs[o].to) + " w" + str(o) + ";");
    line("_Pragma(\"unroll\") for (int j = 0; j < " + v + "; ++j) {");
    for (std::size_t i = 0; i < p_.inputs.size(); ++i)
      if (is_even(p_.inputs[i])) declare_input(i, "v" + str(i) + "[u].v[j]");
    body();
    for (std::size_t o = 0; o < p_.outputs.size(); ++o) line("w" + str(o) + ".v[j] = " + reg(p_.outputs[o].value) + ";");
    line("}");
    for (std::size_t o = 0; o < p_.outputs.size(); ++o)
      line("((" + vector_of(p_.outputs[o].to) + "*)p" + str(p_.inputs.size() + o) + ")[first + u * 256] = w" + str(o) + ";");
    line("}\nreturn;\n}");
    line("for (long long x0 = block + threadIdx.x; x0 < n; x0 += 256) {");
    for (std::size_t i = 0; i < p_.inputs.size(); ++i)
      if (is_even(p_.inputs[i])) declare_input(i, "p" + str(i) + "[x0]");
    body();
    for (std::size_t o = 0; o < p_.outputs.size(); ++o) store(o, "x0");
    line("}");
  }

  void scalars() {
    const std::string u = std::to_string(l_.unroll);
    const std::size_t rank = p_.domain.size();
    const auto staged = [&](const operand& x) { return x.data != nullptr && x.index == no_register && !is_uniform(x); };
    for (std::size_t i = 0; i < p_.inputs.size(); ++i) {
      if (is_uniform(p_.inputs[i])) declare_input(i, "p" + str(i) + "[0]");
      if (staged(p_.inputs[i])) line(std::string(c_type(p_.inputs[i].type)) + " v" + str(i) + "[" + u + "];");
    }
    line("const long long first = (long long)blockIdx.x * (256 * " + u + ") + threadIdx.x;");
    for (const bool loads : {true, false}) {
      line("_Pragma(\"unroll\") for (int u = 0; u < " + u + "; ++u) {\nconst long long i = first + u * 256;\nif (i < n) {");
      coordinates("i", 0, rank);
      for (std::size_t i = 0; i < p_.inputs.size(); ++i)
        if (staged(p_.inputs[i])) {
          if (loads) line("v" + str(i) + "[u] = " + load(i, offset(i, 0, rank)) + ";");
          else declare_input(i, "v" + str(i) + "[u]");
        }
      if (!loads) {
        for (std::size_t i = 0; i < p_.inputs.size(); ++i) // indices are plain inputs and stand above
          if (!staged(p_.inputs[i]) && !is_uniform(p_.inputs[i])) declare_input(i, load(i, offset(i, 0, rank)));
        body();
        for (std::size_t o = 0; o < p_.outputs.size(); ++o) store(o, offset(p_.inputs.size() + o, 0, rank));
      }
      line("}\n}");
    }
  }

  // ---- reductions --------------------------------------------------------------------------------------------------------
  std::size_t accumulator_register(std::size_t a) const {
    std::size_t r = p_.body_registers();
    for (std::size_t i = 0; i < a; ++i) r += has_position(p_.accumulators[i].what) ? 2 : 1;
    return r;
  }
  std::string functor(std::size_t a) const { return "e::" + std::string(name_of(p_.accumulators[a].what)) + "_of"; }
  /// Inputs that move with the reduced dimensions belong to the body, the rest stay put for a result.
  bool moves(const operand& x) const {
    return std::any_of(x.strides.begin() + l_.kept(), x.strides.end(), [](std::int64_t s) { return s != 0; }) ||
           (x.index != no_register && moves(p_.inputs[x.index]));
  }
  void begin_result(const std::string& task) {
    line("const long long task = " + task + ";");
    line(l_.tiled() ? "const long long tiles = " + word(layout::tiles_word) + ", k = task / tiles, t = task % tiles;"
                    : "const long long k = task;");
    line("const long long length = " + word(layout::length_word) + ";");
    begin_offsets();
  }
  void begin_offsets() {
    line(l_.tiled() ? "const long long start = t * 1024, stop = min(length, start + 1024);"
                    : "const long long start = 0, stop = length;");
    coordinates("k", 0, l_.kept());
    for (std::size_t i = 0; i < p_.inputs.size(); ++i) {
      line("const long long b" + str(i) + " = " + offset(i, 0, l_.kept()) + ";");
      if (!moves(p_.inputs[i])) declare_input(i, load(i, "b" + str(i)));
    }
    for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
      const std::string type = c_type(p_.accumulators[a].type), r = reg(accumulator_register(a));
      if (has_position(p_.accumulators[a].what))
        line(type + " " + r + " = " + type + "{}; e::int64 " + reg(accumulator_register(a) + 1) + " = -1;");
      else line(type + " " + r + " = " + functor(a) + "::identity<" + type + ">();");
    }
  }
  void merge_point() { // accumulates the point j
    for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
      const accumulator& what = p_.accumulators[a];
      const std::string r = reg(accumulator_register(a));
      if (has_position(what.what))
        line("merge<" + functor(a) + ">(" + r + ", " + reg(accumulator_register(a) + 1) + ", " + reg(what.value) + ", " +
             (what.position == no_register ? "(e::int64)j" : reg(what.position)) + ");");
      else line("merge<" + functor(a) + ">(" + r + ", " + reg(what.value) + ");");
    }
  }
  /// Every 32nd point from start + lane on, eight loads at a time.
  void accumulate(const std::string& lane, int unrolled) {
    const std::size_t rank = p_.domain.size(), kept = l_.kept();
    const auto staged = [&](const operand& x) { return moves(x) && x.data != nullptr && x.index == no_register; };
    const std::string u = std::to_string(unrolled);
    const auto at = [&](std::size_t i) { return "b" + str(i) + " + " + offset(i, kept, rank); };
    const auto others = [&] {
      for (std::size_t i = 0; i < p_.inputs.size(); ++i)
        if (moves(p_.inputs[i]) && !staged(p_.inputs[i])) declare_input(i, load(i, at(i)));
    };
    // All loads of a batch are under way before the first is used. In the last one, lanes beyond the end load the last point
    // again and leave it out: a branch around the loads would make each wait for the one before.
    const auto batch = [&](bool last) {
      for (std::size_t i = 0; i < p_.inputs.size(); ++i)
        if (staged(p_.inputs[i])) line(std::string(c_type(p_.inputs[i].type)) + " v" + str(i) + "[" + u + "];");
      const std::string loop = "_Pragma(\"unroll\") for (int u = 0; u < " + u +
                               "; ++u) {\nconst long long j = " + (last ? "min(j0 + u * 32, stop - 1)" : "j0 + u * 32") + ";";
      line("const long long j0 = base + " + lane + ";\n" + loop);
      coordinates("j", kept, rank);
      for (std::size_t i = 0; i < p_.inputs.size(); ++i)
        if (staged(p_.inputs[i])) line("v" + str(i) + "[u] = " + load(i, at(i)) + ";");
      line("}\n" + loop);
      coordinates("j", kept, rank);
      for (std::size_t i = 0; i < p_.inputs.size(); ++i)
        if (staged(p_.inputs[i])) declare_input(i, "v" + str(i) + "[u]");
      others();
      body();
      if (last) line("if (j0 + u * 32 < stop) {");
      merge_point();
      line(last ? "}\n}" : "}");
    };
    const std::string points = std::to_string(unrolled * 32);
    line("long long base = start;\nfor (; base + " + points + " <= stop; base += " + points + ") {"); // alike for all lanes
    batch(false);
    line("}\nif (base < stop) {");
    batch(true);
    line("}");
  }
  void end_result() {
    if (!l_.tiled()) instructions(p_.epilogue, accumulator_register(p_.accumulators.size()));
    for (std::size_t o = 0; o < p_.outputs.size(); ++o) {
      const std::size_t i = p_.inputs.size() + o;
      std::string at = offset(i, 0, l_.kept());
      if (l_.tiled()) { // the tile stands after the kept dimensions
        const extents& strides = p_.outputs[o].to.strides;
        std::size_t w = operand_at_[i] + 1;
        for (std::size_t d = 0; d + 1 < strides.size(); ++d) w += stride_class(strides[d]) == 's' ? 1 : 0;
        const char kind = stride_class(strides.back());
        if (kind != '0') at += " + t" + (kind == 's' ? " * " + word(w) : std::string());
      }
      store(o, at);
    }
  }

  void rows() {
    const std::string g = std::to_string(l_.group);
    line("const long long tasks = n * " + (l_.tiled() ? word(layout::tiles_word) : std::string("1")) + ";");
    line("const long long wanted = ((long long)blockIdx.x * " + std::to_string(row_threads) + " + threadIdx.x) / " + g + ";");
    line("const int lane = threadIdx.x % " + g + ";\nconst bool live = wanted < tasks;");
    begin_result("live ? wanted : 0");
    accumulate("lane", l_.group == 32 ? (p_.inputs.size() <= 2 ? row_loads : row_loads / 2) : 1);
    for (int w = l_.group / 2; w > 0; w /= 2)
      for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
        const std::string r = reg(accumulator_register(a)), d = std::to_string(w);
        const auto down = [&](const std::string& x) { return "shuffle_down(" + x + ", " + d + ", " + g + ")"; };
        if (has_position(p_.accumulators[a].what)) {
          const std::string at = reg(accumulator_register(a) + 1);
          line("merge<" + functor(a) + ">(" + r + ", " + at + ", " + down(r) + ", " + down(at) + ");");
        } else {
          line("merge<" + functor(a) + ">(" + r + ", " + down(r) + ");");
        }
      }
    line("if (live && lane == 0) {");
    end_result();
    line("}");
  }

  void columns_body() {
    for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
      line("__shared__ " + std::string(c_type(p_.accumulators[a].type)) + " s" + str(a) + "[32][33];");
      if (has_position(p_.accumulators[a].what)) line("__shared__ e::int64 q" + str(a) + "[32][33];");
    }
    line("const long long blocks = (n + 31) / 32, length = " + word(layout::length_word) + ";");
    line("const long long t = blockIdx.x / blocks, wanted = (blockIdx.x % blocks) * 32 + threadIdx.x;");
    line("const bool live = wanted < n;\nconst long long k = live ? wanted : n - 1;");
    begin_offsets();
    accumulate("threadIdx.y", p_.inputs.size() <= 2 ? 4 : 2);
    const auto share = [&](std::size_t a) {
      const std::string r = reg(accumulator_register(a));
      line("s" + str(a) + "[threadIdx.y][threadIdx.x] = " + r + ";");
      if (has_position(p_.accumulators[a].what))
        line("q" + str(a) + "[threadIdx.y][threadIdx.x] = " + reg(accumulator_register(a) + 1) + ";");
    };
    for (std::size_t a = 0; a < p_.accumulators.size(); ++a) share(a);
    line("__syncthreads();");
    line("_Pragma(\"unroll\") for (int w = 16; w > 0; w /= 2) {\nif (threadIdx.y < w) {");
    for (std::size_t a = 0; a < p_.accumulators.size(); ++a) {
      const std::string r = reg(accumulator_register(a)), other = "[threadIdx.y + w][threadIdx.x]";
      if (has_position(p_.accumulators[a].what))
        line("merge<" + functor(a) + ">(" + r + ", " + reg(accumulator_register(a) + 1) + ", s" + str(a) + other + ", q" +
             str(a) + other + ");");
      else line("merge<" + functor(a) + ">(" + r + ", s" + str(a) + other + ");");
      share(a);
    }
    line("}\n__syncthreads();\n}\nif (live && threadIdx.y == 0) {");
    end_result();
    line("}");
  }

  const program& p_;
  const layout l_;
  const std::size_t words_;
  std::string text_;
  std::vector<std::size_t> operand_at_, constant_at_;
};

} // namespace

gpu_launch plan_launch(const program& p, const index_fault* fault) {
  const layout l(p);
  gpu_launch launch;
  std::string& key = launch.key;
  const auto put = [&](auto value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
  put(l.shape);
  put(static_cast<std::uint8_t>(l.small));
  put(static_cast<std::uint8_t>(l.group));
  put(static_cast<std::uint8_t>(l.width));
  put(static_cast<std::uint8_t>(l.unroll));
  put(static_cast<std::uint8_t>(p.domain.size()));
  put(static_cast<std::uint8_t>(p.reduced));
  put(static_cast<std::uint8_t>(l.tiled()));
  for (const std::size_t count :
       {p.inputs.size(), p.constants.size(), p.body.size(), p.accumulators.size(), p.epilogue.size(), p.outputs.size()})
    put(static_cast<std::uint16_t>(count));
  for_words(
      l, fault, [&](std::int64_t x) { launch.words.push_back(static_cast<std::uint64_t>(x)); },
      [&](const operand& x) {
        put(x.type);
        put(static_cast<std::uint8_t>(x.data != nullptr));
        put(x.index);
        for (const std::int64_t stride : x.strides) put(stride_class(stride));
        operand_words(x, [&](std::int64_t w) { launch.words.push_back(static_cast<std::uint64_t>(w)); });
      },
      [&](const constant& c) {
        put(c.type);
        launch.words.push_back(c.bits[0]);
        if (size_of(c.type) == 16) launch.words.push_back(c.bits[1]);
      });
  for (const auto* list : {&p.body, &p.epilogue})
    for (const instruction& i : *list) {
      put(i.code);
      put(i.type);
      put(i.result);
      for (const register_id r : i.args) put(r);
    }
  for (const accumulator& a : p.accumulators) {
    put(a.what);
    put(a.type);
    put(a.value);
    put(a.position);
  }
  for (const output& o : p.outputs) put(o.value);

  const std::int64_t results = p.kept_size() * p.tiles();
  std::int64_t blocks = 0;
  switch (l.shape) {
  case shape_of::vectors: blocks = divide_up(p.kept_size(), threads * l.width * l.unroll); break;
  case shape_of::scalars: blocks = divide_up(p.kept_size(), threads * l.unroll); break;
  case shape_of::rows:
    blocks = divide_up(results * l.group, row_threads);
    launch.threads_x = static_cast<unsigned>(row_threads);
    break;
  case shape_of::columns:
    blocks = divide_up(p.kept_size(), 32) * p.tiles();
    launch.threads_x = launch.threads_y = 32;
    break;
  }
  if (blocks > INT32_MAX) throw std::runtime_error("an expression of more than 2^31 blocks");
  launch.blocks = static_cast<unsigned>(blocks);
  return launch;
}

std::string generate(const program& p, const gpu_launch& launch) { return writer(p, launch.words.size()).run(); }

} // namespace dojima::kernels
