#include "pricing/checkpoint.hpp"

#include <xxhash.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "dojima/error.hpp"
#include "dojima/version.hpp"
#include "io/write.hpp"

namespace dojima {
namespace {

constexpr std::chrono::seconds between_writes{10};
constexpr char mark[] = "DOJIMA C";

class hasher {
public:
  hasher() { XXH3_64bits_reset(state_.get()); }
  void add(const void* bytes, std::size_t count) { XXH3_64bits_update(state_.get(), bytes, count); }
  template <class... T> void numbers(T... x) { (add(&x, sizeof x), ...); }
  template <class T> void list(const std::vector<T>& all) {
    numbers(all.size());
    add(all.data(), all.size() * sizeof(T));
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

private:
  struct release {
    void operator()(XXH3_state_t* s) const { XXH3_freeState(s); }
  };
  std::unique_ptr<XXH3_state_t, release> state_{XXH3_createState()};
};

void add(hasher& h, const std::vector<kernels::payoff_node>& nodes) {
  h.numbers(nodes.size());
  for (const kernels::payoff_node& n : nodes)
    h.numbers(n.from, n.code, n.is_mask, n.of_masks, n.args[0], n.args[1], n.args[2], n.index, n.value);
}

void add(hasher& h, const kernels::payoff_program& p) {
  h.numbers(p.observables, p.measures, p.control);
  h.list(p.starts);
  for (const kernels::observation& o : p.schedules) {
    add(h, o.nodes);
    h.list(o.updates);
  }
  for (const kernels::payoff_class& c : p.classes) {
    add(h, c.nodes);
    h.numbers(c.value, c.control, c.parameters, c.first_trade, c.trades, c.first_own);
  }
}

} // namespace

std::uint64_t identity_of(const simulation_inputs& in, std::span<const stream> on) {
  hasher h;
  bool fused = false, rounded_twice = false, gpu = false, cpu = false;
  for (const stream& s : on) {
    (s.where().bitwise() ? fused : rounded_twice) = true;
    if (in.format != kernels::number_format::double_) (s.where().is_cuda() ? gpu : cpu) = true;
  }
  h.numbers(fused, rounded_twice, gpu, cpu);
  h.add(DOJIMA_VERSION, std::strlen(DOJIMA_VERSION));
  h.numbers(in.process, in.format, in.assets, in.trades, in.date_columns, in.seed, in.stream, in.chunk_tiles, in.normals,
            in.replicate_tiles);
  add(h, in.program);
  h.list(in.masks);
  for (const auto* part : {&in.correlation, &in.weights, &in.bridge, &in.map}) h.list(*part);
  for (const simulation_scenario& s : in.scenarios) {
    for (const auto* part : {&s.start, &s.coefficients, &s.table, &s.dates, &s.shared, &s.own}) h.list(*part);
    h.numbers(s.sign);
  }
  return h.value();
}

checkpoint::checkpoint(std::filesystem::path file, const std::vector<std::uint64_t>& book)
    : file_(std::move(file)), book_(XXH3_64bits(book.data(), book.size() * sizeof(std::uint64_t))) {
  if (std::filesystem::exists(file_) && !std::filesystem::is_regular_file(file_))
    throw input_error(file_.string() + ": not a file that can keep a checkpoint; name another");
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    write(); // what cannot be written is found before the work
    return;
  }
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  std::size_t at = 0;
  const auto broken = [&] {
    return input_error(file_.string() + ": not a whole checkpoint (cut off or changed?); remove it, or name another file");
  };
  const auto take = [&](void* to, std::size_t count) {
    if (bytes.size() - at < count) throw broken();
    std::memcpy(to, bytes.data() + at, count);
    at += count;
  };
  const auto word = [&] {
    std::uint64_t x = 0;
    take(&x, sizeof x);
    return x;
  };
  if (bytes.size() < 3 * sizeof(std::uint64_t) || !bytes.starts_with(mark)) throw broken();
  at = bytes.size() - sizeof(std::uint64_t);
  const std::size_t end = at;
  if (word() != XXH3_64bits(bytes.data(), end)) throw broken();
  at = sizeof mark - 1;
  if (word() != book_)
    throw input_error(file_.string() + ": the checkpoint of another run (its book, market, settings or kind of device differ); "
                                       "remove it, or name another file");
  while (at < end) {
    std::vector<double>& sums = sums_[word()];
    const std::uint64_t count = word();
    if (count > (end - at) / sizeof(double)) throw broken();
    sums.resize(count);
    take(sums.data(), count * sizeof(double));
  }
}

std::vector<double> checkpoint::sums_of(std::uint64_t simulation) const {
  const auto found = sums_.find(simulation);
  return found == sums_.end() ? std::vector<double>() : found->second;
}

void checkpoint::keep(std::uint64_t simulation, std::span<const double> sums) {
  std::vector<double>& known = sums_[simulation];
  if (sums.size() > known.size()) known.assign(sums.begin(), sums.end());
  if (std::chrono::steady_clock::now() - written_ > between_writes) write();
}

void checkpoint::write() {
  std::string bytes = mark;
  const auto put = [&](const void* from, std::size_t count) { bytes.append(static_cast<const char*>(from), count); };
  const auto word = [&](std::uint64_t x) { put(&x, sizeof x); };
  word(book_);
  for (const auto& [simulation, sums] : sums_) {
    word(simulation);
    word(sums.size());
    put(sums.data(), sums.size() * sizeof(double));
  }
  word(XXH3_64bits(bytes.data(), bytes.size()));
  io::write_whole(file_, bytes);
  written_ = std::chrono::steady_clock::now();
}

} // namespace dojima
