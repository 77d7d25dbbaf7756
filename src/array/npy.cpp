// NumPy's file format, versions 1 to 3: magic, version, length of the header, a Python dictionary as text, the elements
// (numpy.lib.format). An .npz is a zip archive of such files; minizip reads and writes it.
#include "dojima/array/npy.hpp"

#include <fcntl.h>
#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <functional>

namespace dojima {
namespace {

using path = std::filesystem::path;

constexpr std::string_view magic{"\x93NUMPY", 6};

/// Bytes of an .npy, from a file or from an entry of an archive.
struct source {
  std::string name;                                      ///< for errors
  std::uint64_t size;                                    ///< bytes that it says it has
  std::function<void(char* to, std::size_t bytes)> read; ///< exactly so many, or an error

  [[noreturn]] void fail(const std::string& why) const { throw input_error(name + ": " + why); }
};

struct header {
  dtype type = dtype::raw;
  bool swapped = false, fortran = false;
  extents shape;
};

/// The dictionary of a header. Python writes it, but others may lay it out differently.
class header_parser {
public:
  header_parser(const source& from, std::string_view text) : from_(from), text_(text) {}

  header parse() {
    header h;
    std::string descr;
    bool has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr") descr = string();
      else if (key == "fortran_order") h.fortran = boolean(), has_order = true;
      else if (key == "shape") h.shape = shape(), has_shape = true;
      else from_.fail("the header has an unknown key '" + key + "'");
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (next() != '\0') fail();
    if (descr.empty() || !has_order || !has_shape) from_.fail("the header lacks descr, fortran_order or shape");
    set_type(h, descr);
    return h;
  }

private:
  [[noreturn]] void fail() const { from_.fail("the header does not parse at character " + std::to_string(at_)); }
  char next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  std::string string() {
    const char quote = next();
    if (quote == '[') from_.fail("holds structures (its descr is a list of fields), not numbers");
    if (quote != '\'' && quote != '"') fail();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail();
    const std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    next();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail();
  }
  extents shape() {
    extents shape;
    expect('(');
    while (!accept(')')) {
      next();
      std::int64_t extent = 0;
      const auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (status != std::errc() || extent < 0) fail();
      at_ = static_cast<std::size_t>(end - text_.data());
      accept('L'); // Python 2
      if (shape.size() == extents::max_rank) from_.fail("holds an array of more than 8 dimensions");
      shape.push_back(extent);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  void set_type(header& h, const std::string& descr) const {
    struct name {
      std::string_view code;
      dtype type;
      const char* unsupported; ///< NumPy's name of a type that there is no array of
    };
    static constexpr name names[] = {
        {"b1", dtype::boolean, nullptr},   {"i4", dtype::int32, nullptr},       {"u4", dtype::uint32, nullptr},
        {"i8", dtype::int64, nullptr},     {"f4", dtype::float32, nullptr},     {"f8", dtype::float64, nullptr},
        {"c8", dtype::complex64, nullptr}, {"c16", dtype::complex128, nullptr}, {"i1", dtype::raw, "int8"},
        {"i2", dtype::raw, "int16"},       {"u1", dtype::raw, "uint8"},         {"u2", dtype::raw, "uint16"},
        {"u8", dtype::raw, "uint64"},      {"f2", dtype::raw, "float16"},       {"f16", dtype::raw, "longdouble"},
        {"c32", dtype::raw, "clongdouble"}};
    const bool marked = descr.front() == '<' || descr.front() == '>' || descr.front() == '|' || descr.front() == '=';
    const std::string_view code = std::string_view(descr).substr(marked ? 1 : 0);
    const auto* found = std::ranges::find(names, code, &name::code);
    if (found == std::end(names) || found->type == dtype::raw)
      from_.fail("holds elements of type " + (found == std::end(names) ? "'" + descr + "'" : std::string(found->unsupported)) +
                 ", of which there are no arrays here (bool, int32, uint32, int64, float32, float64, complex64, complex128); "
                 "convert with astype in NumPy");
    h.type = found->type;
    h.swapped = descr.front() == '>';
  }

  const source& from_;
  std::string_view text_;
  std::size_t at_ = 0;
};

void swap_bytes(std::byte* data, std::size_t item, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) std::reverse(data + i * item, data + (i + 1) * item);
}

any_array read(const source& from, const stream& on) {
  char start[10];
  if (from.size < sizeof start) from.fail("is not an .npy file (only " + std::to_string(from.size) + " bytes)");
  from.read(start, sizeof start);
  if (std::string_view(start, magic.size()) != magic) from.fail("is not an .npy file (it does not begin with \\x93NUMPY)");
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    from.fail("has version " + std::to_string(version) + " of the .npy format (1, 2 and 3 are known)");
  const auto byte = [](char c) { return static_cast<std::uint64_t>(static_cast<unsigned char>(c)); };
  std::uint64_t length = byte(start[8]) | byte(start[9]) << 8, used = sizeof start;
  if (version > 1) {
    char more[2];
    if (from.size < used + sizeof more) from.fail("ends inside its header");
    from.read(more, sizeof more);
    used += sizeof more;
    length |= byte(more[0]) << 16 | byte(more[1]) << 24;
  }
  if (length > from.size - used) from.fail("ends inside its header");
  std::string text(length, '\0');
  from.read(text.data(), length);
  used += length;
  const header h = header_parser(from, text).parse();

  const std::size_t item = size_of(h.type);
  std::int64_t count = 0;
  try {
    count = detail::checked_size(h.shape, item);
  } catch (const input_error& problem) {
    from.fail(problem.what());
  }
  const std::uint64_t bytes = static_cast<std::uint64_t>(count) * item;
  if (bytes != from.size - used)
    from.fail("shape " + to_string(h.shape) + " of " + name_of(h.type) + " takes " + std::to_string(bytes) + " bytes, but " +
              std::to_string(from.size - used) + " follow the header");
  const auto elements = std::make_unique_for_overwrite<std::byte[]>(bytes);
  from.read(reinterpret_cast<char*>(elements.get()), bytes);
  const std::size_t part = is_complex(h.type) ? item / 2 : item;
  if (h.swapped) swap_bytes(elements.get(), part, bytes / part);
  if (h.type == dtype::boolean) // any other value is no bool of C++
    for (std::size_t i = 0; i < bytes; ++i) elements[i] = elements[i] != std::byte{0} ? std::byte{1} : std::byte{0};

  extents shape = h.shape;
  if (h.fortran) std::ranges::reverse(shape);
  detail::tensor x = detail::allocate(h.type, shape, on, "load");
  if (count > 0) detail::upload(x, elements.get());
  if (h.fortran) {
    extents order;
    for (auto d = static_cast<std::int64_t>(shape.size()); d-- > 0;) order.push_back(d);
    x = detail::transpose(x, order);
  }
  return any_array(std::move(x), from.name);
}

// ---- writing ---------------------------------------------------------------------------------------------------------

/// The header of version 1 for an array in row-major order; the elements start at a multiple of 64 bytes.
std::string header_of(const any_array& x) {
  static constexpr const char* codes[] = {"|b1", "<i4", "<u4", "<i8", "<f4", "<f8", "<c8", "<c16"};
  std::string text = "{'descr': '" + std::string(codes[static_cast<int>(x.type())]) + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : x.shape()) text += std::to_string(extent) + (x.shape().size() == 1 ? "," : ", ");
  if (x.shape().size() > 1) text.erase(text.size() - 2);
  text += "), }";
  const std::size_t unpadded = magic.size() + 4 + text.size() + 1;
  text.append((64 - unpadded % 64) % 64, ' ');
  text += '\n';
  std::string whole(magic);
  whole += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return whole + text;
}

struct host_copy {
  std::unique_ptr<char[]> data;
  std::size_t bytes;
};
host_copy to_host(const any_array& x) {
  const std::size_t bytes = static_cast<std::size_t>(x.raw().size()) * x.raw().item;
  host_copy copy{std::make_unique_for_overwrite<char[]>(bytes), bytes};
  if (bytes > 0) detail::download(copy.data.get(), x.raw());
  return copy;
}

/// A file that is written beside its target and takes its place at the end; without `commit` it vanishes.
class replacement {
public:
  explicit replacement(const path& target) : target_(target), part_(target) {
    static std::atomic<unsigned> number = 0;
    part_ += ".part" + std::to_string(getpid()) + "-" + std::to_string(number++);
  }
  ~replacement() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove(part_, ignored);
  }
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;

  const path& part() const { return part_; }
  [[noreturn]] void fail(const std::string& why) const {
    throw input_error(target_.string() + ": cannot be written (" + why + ")");
  }
  void commit() {
    const int file = open(part_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool stored = file >= 0 && fsync(file) == 0; // a crash must not leave an empty file under the new name
    if (file >= 0) close(file);
    if (!stored) fail(std::generic_category().message(errno));
    std::error_code problem;
    std::filesystem::rename(part_, target_, problem);
    if (problem) fail(problem.message());
    done_ = true;
  }

private:
  path target_, part_;
  bool done_ = false;
};

// ---- archives --------------------------------------------------------------------------------------------------------

struct close_archive {
  void operator()(void* file) const { unzClose(file); }
};
using archive = std::unique_ptr<void, close_archive>;

struct entry {
  unz_file_info64 info;
  std::string name;
};

constexpr std::string_view suffix = ".npy";

/// The arrays' names lose their suffix, as in NumPy.
std::string name_of(const entry& e) {
  return e.name.ends_with(suffix) ? e.name.substr(0, e.name.size() - suffix.size()) : e.name;
}

/// Null for an archive without entries, which is a bare end record; minizip does not open it.
archive open_archive(const path& file) {
  std::ifstream there(file, std::ios::binary);
  if (!there)
    throw input_error(file.string() + ": cannot be opened (" + std::generic_category().message(errno) +
                      "); is the name right?");
  char end_record[23] = {};
  there.read(end_record, sizeof end_record);
  if (there.gcount() == 22 && std::string(end_record, 22) == "PK\5\6" + std::string(18, '\0')) return nullptr;
  archive zip(unzOpen64(file.c_str()));
  if (!zip) throw input_error(file.string() + ": is not an .npz file (no zip archive, or cut off)");
  return zip;
}

/// Calls f(entry) for each entry, until it returns true; whether it did.
template <class F> bool for_entries(const archive& zip, const path& file, F&& f) {
  const auto broken = [&] { throw input_error(file.string() + ": the archive's table of contents is broken"); };
  if (!zip) return false;
  unz_global_info64 contents{};
  if (unzGetGlobalInfo64(zip.get(), &contents) != UNZ_OK) broken();
  if (contents.number_entry == 0) return false;
  int status = unzGoToFirstFile(zip.get());
  for (; status == UNZ_OK; status = unzGoToNextFile(zip.get())) {
    entry e{};
    if (unzGetCurrentFileInfo64(zip.get(), &e.info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK) broken();
    e.name.resize(e.info.size_filename);
    if (unzGetCurrentFileInfo64(zip.get(), nullptr, e.name.data(), e.info.size_filename, nullptr, 0, nullptr, 0) != UNZ_OK)
      broken();
    if (f(e)) return true;
  }
  if (status != UNZ_END_OF_LIST_OF_FILE) broken();
  return false;
}

/// Reads the array at the archive's current entry.
any_array read_entry(const archive& zip, const path& file, const entry& e, const stream& on) {
  constexpr std::uint64_t most = 1032; // deflate makes at most so many bytes of one
  source from{file.string() + "['" + name_of(e) + "']", e.info.uncompressed_size, {}};
  if ((e.info.flag & 1) != 0) from.fail("is encrypted");
  if (e.info.compression_method != 0 && e.info.compression_method != Z_DEFLATED)
    from.fail("is compressed by method " + std::to_string(e.info.compression_method) +
              " (stored and deflated entries are known)");
  std::error_code problem;
  const std::uint64_t available = std::filesystem::file_size(file, problem);
  if (problem || e.info.compressed_size > available || e.info.uncompressed_size / most > e.info.compressed_size ||
      (e.info.compression_method == 0 && e.info.compressed_size != e.info.uncompressed_size))
    from.fail("has an impossible size in the archive's table of contents");
  if (unzOpenCurrentFile(zip.get()) != UNZ_OK) from.fail("cannot be read (the archive is broken)");
  from.read = [&](char* to, std::size_t bytes) {
    while (bytes > 0) {
      const int got = unzReadCurrentFile(zip.get(), to, static_cast<unsigned>(std::min<std::size_t>(bytes, 1u << 30)));
      if (got <= 0) from.fail("cannot be read (the archive is cut off or broken)");
      to += got;
      bytes -= static_cast<std::size_t>(got);
    }
  };
  any_array x = read(from, on);
  if (unzCloseCurrentFile(zip.get()) != UNZ_OK) from.fail("has a wrong check sum (the archive is broken)");
  return x;
}

} // namespace

void any_array::expect(dtype wanted) const {
  if (wanted != type())
    throw input_error((origin_.empty() ? "the array" : origin_) + ": holds " + dojima::name_of(type()) + " (" +
                      dojima::name_of(wanted) + " was asked for); load it as it is and convert with astype");
}

any_array load(const path& file, const stream& on) {
  std::ifstream in(file, std::ios::binary);
  std::error_code problem;
  const std::uint64_t size = std::filesystem::file_size(file, problem);
  if (!in || problem) throw input_error(file.string() + ": cannot be opened" + (problem ? " (" + problem.message() + ")" : ""));
  source from{file.string(), size, {}};
  from.read = [&](char* to, std::size_t bytes) {
    if (!in.read(to, static_cast<std::streamsize>(bytes))) from.fail("cannot be read to its end");
  };
  return read(from, on);
}

void save(const path& file, const any_array& x) {
  const std::string start = header_of(x);
  const host_copy elements = to_host(x);
  replacement target(file);
  errno = 0;
  std::ofstream out(target.part(), std::ios::binary);
  out.write(start.data(), static_cast<std::streamsize>(start.size()));
  out.write(elements.data.get(), static_cast<std::streamsize>(elements.bytes));
  out.close();
  if (!out) target.fail(std::generic_category().message(errno));
  target.commit();
}

npz_file::npz_file(path file, const stream& on) : path_(std::move(file)), on_(on) {
  const archive zip = open_archive(path_);
  for_entries(zip, path_, [&](const entry& e) {
    names_.push_back(name_of(e));
    return false;
  });
}

bool npz_file::contains(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

any_array npz_file::operator[](std::string_view name) const {
  const archive zip = open_archive(path_);
  std::optional<any_array> x;
  for_entries(zip, path_, [&](const entry& e) {
    if (name_of(e) != name) return false;
    x = read_entry(zip, path_, e, on_);
    return true;
  });
  if (!x) {
    std::string there;
    for (const std::string& other : names_) there += (there.empty() ? "" : ", ") + other;
    throw input_error(path_.string() + ": has no array '" + std::string(name) + "' (" +
                      (there.empty() ? "it is empty" : "it has " + there) + ")");
  }
  return *x;
}

void save_npz(const path& file, const std::vector<std::pair<std::string, any_array>>& arrays, npz_storage how) {
  for (std::size_t i = 0; i < arrays.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (arrays[i].first == arrays[j].first)
        throw input_error(file.string() + ": two arrays are named '" + arrays[i].first + "'");
  replacement target(file);
  errno = 0;
  zipFile zip = zipOpen64(target.part().c_str(), APPEND_STATUS_CREATE);
  if (zip == nullptr) target.fail(std::generic_category().message(errno));
  int status = ZIP_OK;
  try {
    zip_fileinfo when{};
    when.dosDate = 1u << 21 | 1u << 16; // 1 January 1980: equal arrays give equal files
    for (const auto& [name, x] : arrays) {
      const std::string start = header_of(x);
      const host_copy elements = to_host(x);
      const bool large = elements.bytes > 0xf0000000u;
      status = zipOpenNewFileInZip64(zip, (name + std::string(suffix)).c_str(), &when, nullptr, 0, nullptr, 0, nullptr,
                                     how == npz_storage::deflated ? Z_DEFLATED : 0, Z_DEFAULT_COMPRESSION, large ? 1 : 0);
      const auto write = [&](const char* data, std::size_t bytes) {
        for (std::size_t done = 0; status == ZIP_OK && done < bytes;) {
          const std::size_t n = std::min<std::size_t>(bytes - done, 1u << 30);
          status = zipWriteInFileInZip(zip, data + done, static_cast<unsigned>(n));
          done += n;
        }
      };
      write(start.data(), start.size());
      write(elements.data.get(), elements.bytes);
      if (status == ZIP_OK) status = zipCloseFileInZip(zip);
      if (status != ZIP_OK) break;
    }
  } catch (...) {
    zipClose(zip, nullptr);
    throw;
  }
  const int closed = zipClose(zip, nullptr);
  if (status != ZIP_OK || closed != ZIP_OK)
    target.fail(errno != 0 ? std::generic_category().message(errno) : "the archive cannot be completed");
  target.commit();
}

} // namespace dojima
