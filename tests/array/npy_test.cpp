// NumPy's files: what NumPy wrote is read, what is written comes back, and broken files are refused with a reason.
#include "dojima/array/npy.hpp"

#include <fstream>
#include <functional>

#include "dojima/array/reduce.hpp"
#include "tests/io/files.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

using test::message_of;

class npy : public testing::Test {
protected:
  std::filesystem::path write(const std::string& bytes, const char* name = "x.npy") const {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  }
  std::string read(const std::filesystem::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string refusal(const std::string& bytes) const {
    const auto file = write(bytes);
    const std::string text = message_of<input_error>([&] { load(file); });
    EXPECT_TRUE(text.starts_with(file.string() + ": ")) << text;
    return text.substr(std::min(text.size(), file.string().size() + 2));
  }

  test::temporary_directory directory;
  const std::filesystem::path folder = directory.path();
};

/// An .npy with this header text.
std::string file_of(std::string header, const std::string& elements, char version = 1) {
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += {version, '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + elements;
}
std::string header_of(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

template <class T> T value(std::int64_t k) {
  if constexpr (std::same_as<T, bool>) return k % 2 == 1;
  else if constexpr (is_complex(dtype_of<T>))
    return {static_cast<typename T::value_type>(k % 7 - 2), static_cast<typename T::value_type>(k % 3)};
  else return static_cast<T>(k % 7 - (std::same_as<T, std::uint32_t> ? 0 : 2));
}
template <class T> std::vector<T> values(std::int64_t n) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::int64_t k = 0; k < n; ++k) v[static_cast<std::size_t>(k)] = value<T>(k);
  return v;
}
template <class F> void for_types(F&& f) {
  f.template operator()<bool>("b1");
  f.template operator()<std::int32_t>("i4");
  f.template operator()<std::uint32_t>("u4");
  f.template operator()<std::int64_t>("i8");
  f.template operator()<float>("f4");
  f.template operator()<double>("f8");
  f.template operator()<std::complex<float>>("c8");
  f.template operator()<std::complex<double>>("c16");
}
const std::vector<std::pair<std::string, extents>> shapes{{"scalar", {}},
                                                          {"0", {0}},
                                                          {"5", {5}},
                                                          {"3x4", {3, 4}},
                                                          {"2x0x3", {2, 0, 3}},
                                                          {"2x3x4", {2, 3, 4}},
                                                          {"1x2x1x2x1x2x1x2", {1, 2, 1, 2, 1, 2, 1, 2}}};

TEST_F(npy, reads_what_numpy_wrote) {
  const npz_file file = load_npz(test::data_directory() / "reference/numpy_files.npz");
  std::size_t read = 0;
  for_types([&]<class T>(const char* type) {
    for (const auto& [text, shape] : shapes)
      for (const char* order : {"C", "F"})
        for (const char* version : {"v1", "v2", "v3"})
          for (const char* mark : {"", "be"}) {
            const std::string name = std::string(type) + mark + "_" + order + "_" + version + "_" + text;
            if (*mark != '\0' && (std::string(version) != "v1" || std::string(type) == "b1")) continue;
            const array<T> x = file.get<T>(name);
            EXPECT_EQ(x.shape(), shape) << name;
            EXPECT_EQ(x.get(), values<T>(x.size())) << name;
            ++read;
          }
  });
  EXPECT_EQ(read + 11, file.names().size());
}

TEST_F(npy, says_which_types_there_are_not) {
  const npz_file file = load_npz(test::data_directory() / "reference/numpy_files.npz");
  const auto text = [&](const char* name) { return message_of<input_error>([&] { file[name]; }); };
  for (const auto& [name, type] : {std::pair{"i1", "int8"},
                                   {"i2", "int16"},
                                   {"u1", "uint8"},
                                   {"u2", "uint16"},
                                   {"u8", "uint64"},
                                   {"f2", "float16"},
                                   {"U3", "'<U3'"},
                                   {"S2", "'|S2'"},
                                   {"M8[D]", "'<M8[D]'"}}) {
    const std::string said = text((std::string("other_") + name).c_str());
    EXPECT_NE(said.find("numpy_files.npz['other_" + std::string(name) + "']: holds elements of type " + type + ","),
              std::string::npos)
        << said;
  }
  EXPECT_NE(text("other_structure").find("holds structures"), std::string::npos);
  EXPECT_NE(text("other_rank9").find("more than 8 dimensions"), std::string::npos);
}

TEST_F(npy, comes_back_as_it_was_saved_from_every_device) {
  for (const device& d : device::all()) {
    const stream on(d);
    for_types([&]<class T>(const char* type) {
      for (const auto& [text, shape] : shapes) {
        const array<T> x = asarray(values<T>(empty<T>(shape, on).size()), shape, on);
        save(folder / type, x);
        const array<T> back = load<T>(folder / type, on);
        EXPECT_EQ(back.shape(), shape);
        EXPECT_EQ(back.get(), x.get());
        EXPECT_EQ(back.where(), d);
      }
    });
    const array<double> x = asarray(values<double>(12), {3, 4}, on);
    save(folder / "view.npy", x(slice{none, none, -1}, slice{1, none, 2}));
    EXPECT_EQ(load<double>(folder / "view.npy", on).get(), x(slice{none, none, -1}, slice{1, none, 2}).get());
    save(folder / "expression.npy", x * 2.0 + 1.0);
    EXPECT_EQ(load<double>(folder / "expression.npy", on).get(), (x * 2.0 + 1.0).get());
  }
}

TEST_F(npy, writes_the_bytes_that_numpy_would) {
  save(folder / "x.npy", asarray<std::int32_t>({1, -2}));
  const std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }";
  EXPECT_EQ(read(folder / "x.npy"), std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header +
                                        std::string(128 - 11 - header.size(), ' ') + "\n" +
                                        std::string("\x01\x00\x00\x00\xfe\xff\xff\xff", 8));
}

TEST_F(npy, keeps_several_arrays_by_name) {
  const auto x = asarray(values<double>(10000), {100, 100}, stream::current());
  const auto y = asarray<bool>({true, false, true});
  for (const npz_storage how : {npz_storage::plain, npz_storage::deflated}) {
    save_npz(folder / "f.npz", {{"x", x}, {"path/y", y}, {"sum", sum(x)}, {"none", zeros<float>({0, 3})}}, how);
    const npz_file file = load_npz(folder / "f.npz");
    EXPECT_EQ(file.names(), (std::vector<std::string>{"x", "path/y", "sum", "none"}));
    EXPECT_TRUE(file.contains("sum"));
    EXPECT_FALSE(file.contains("z"));
    EXPECT_EQ(file.get<double>("x").get(), x.get());
    EXPECT_EQ(file["path/y"].type(), dtype::boolean);
    EXPECT_EQ(file.get<bool>("path/y").get(), y.get());
    EXPECT_EQ(file.get<double>("sum").item(), sum(x).item());
    EXPECT_EQ(file["none"].shape(), (extents{0, 3}));
    const auto size = std::filesystem::file_size(folder / "f.npz");
    EXPECT_TRUE(how == npz_storage::plain ? size > 80000 : size < 8000) << size;
  }
  const std::string once = read(folder / "f.npz");
  save_npz(folder / "f.npz", {{"x", x}, {"path/y", y}, {"sum", sum(x)}, {"none", zeros<float>({0, 3})}}, npz_storage::deflated);
  EXPECT_EQ(read(folder / "f.npz"), once);
  save_npz(folder / "empty.npz", {});
  EXPECT_TRUE(load_npz(folder / "empty.npz").names().empty());
}

TEST_F(npy, is_read_by_numpy) {
  if (std::system("python3 -c 'import numpy' 2>/dev/null") != 0) GTEST_SKIP() << "no python3 with numpy";
  save_npz(folder / "f.npz",
           {{"x", asarray(values<float>(12), {3, 4}, stream::current())}, {"z", asarray(values<std::complex<double>>(3))}},
           npz_storage::deflated);
  save(folder / "b.npy", asarray<bool>({true, false}));
  const std::string check =
      "python3 -c \"import numpy as n; f = n.load('" + (folder / "f.npz").string() + "'); b = n.load('" +
      (folder / "b.npy").string() +
      "'); k = n.arange(12); assert f['x'].dtype == n.float32 and (f['x'] == (k % 7 - 2).reshape(3, 4)).all() and "
      "(f['z'] == n.array([-2, -1 + 1j, 2j])).all() and b.tolist() == [True, False]\"";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST_F(npy, types_are_not_converted) {
  save(folder / "x.npy", asarray<float>({1.0f}));
  EXPECT_EQ(message_of<input_error>([&] { load<double>(folder / "x.npy"); }),
            (folder / "x.npy").string() + ": holds float32 (float64 was asked for); load it as it is and convert with astype");
  EXPECT_EQ(load(folder / "x.npy").type(), dtype::float32);
}

TEST_F(npy, accepts_other_layouts_of_the_header) {
  const std::string two(16, '\0');
  for (const std::string& header : {std::string("{'shape':(2,),'fortran_order':False,'descr':'<f8'}"),
                                    std::string(R"({"descr": "<f8", "fortran_order": False, "shape": (2L,)})"),
                                    std::string("{ 'descr' : '=f8' , 'fortran_order' : True , 'shape' : ( 2 , ) }     ")})
    EXPECT_EQ(load<double>(write(file_of(header, two))).shape(), extents{2}) << header;
  EXPECT_EQ(load<bool>(write(file_of(header_of("|b1", "(3,)"), std::string("\x02\x00\xff", 3)))).get(),
            (std::vector<bool>{true, false, true}));
}

TEST_F(npy, refuses_broken_files) {
  const std::string good = file_of(header_of("<f8", "(2,)"), std::string(16, '\0'));
  ASSERT_EQ(load<double>(write(good)).size(), 2);
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_NE(refusal(good.substr(0, n)), "") << n;
  EXPECT_EQ(refusal(""), "is not an .npy file (only 0 bytes)");
  EXPECT_EQ(refusal("PK\x03\x04 and more"), "is not an .npy file (it does not begin with \\x93NUMPY)");
  EXPECT_EQ(refusal(good.substr(0, good.size() - 1)), "shape (2,) of float64 takes 16 bytes, but 15 follow the header");
  EXPECT_EQ(refusal(good + "x"), "shape (2,) of float64 takes 16 bytes, but 17 follow the header");
  EXPECT_EQ(refusal(file_of(header_of("<f8", "(2,)"), "", 4)), "has version 4 of the .npy format (1, 2 and 3 are known)");
  EXPECT_EQ(refusal(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'", 20)), "ends inside its header");
  const auto header = [&](const std::string& text) { return refusal(file_of(text, std::string(16, '\0'))); };
  EXPECT_NE(header(header_of("<f8", "(4611686018427387904,4)")).find("array is too big"), std::string::npos);
  EXPECT_NE(header(header_of("<f8", "(1099511627776,)")).find("takes 8796093022208 bytes, but 16 follow"), std::string::npos);
  for (const char* shape : {"(-1,)", "(2", "2", "(2,,)", "[2]", "(99999999999999999999,)", "(1.5,)", "()(", "('a',)"})
    EXPECT_NE(header(header_of("<f8", shape)).find("the header does not parse at character"), std::string::npos) << shape;
  EXPECT_NE(header(header_of("<f8", "(2,)", "Maybe")).find("does not parse"), std::string::npos);
  EXPECT_EQ(header("{'descr': '<f8', 'shape': (2,)}"), "the header lacks descr, fortran_order or shape");
  EXPECT_EQ(header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}"),
            "the header has an unknown key 'more'");
  EXPECT_NE(header("").find("does not parse"), std::string::npos);
  EXPECT_NE(header("{'descr").find("does not parse"), std::string::npos);
  EXPECT_NE(header(header_of("<f8", "(2,)") + "x").find("does not parse"), std::string::npos);
  const std::string missing = message_of<input_error>([&] { load(folder / "absent.npy"); });
  EXPECT_TRUE(missing.starts_with((folder / "absent.npy").string() + ": cannot be opened")) << missing;
  EXPECT_NE(message_of<input_error>([&] { load(folder); }).find("cannot be"), std::string::npos); // a folder
}

TEST_F(npy, refuses_broken_archives) {
  const auto file = folder / "f.npz";
  for (const npz_storage how : {npz_storage::plain, npz_storage::deflated}) {
    save_npz(file, {{"x", asarray(values<double>(40))}, {"y", asarray(values<std::int32_t>(9))}}, how);
    const std::string good = read(file);
    EXPECT_EQ(message_of<input_error>([&] { load_npz(file)["z"]; }), file.string() + ": has no array 'z' (it has x, y)");
    // Every byte changed, and every length: an array that is right, or an input_error.
    const auto harmless = [&](const std::string& bytes, std::size_t at) {
      write(bytes, "f.npz");
      try {
        const npz_file broken = load_npz(file);
        for (const std::string& name : broken.names()) {
          const any_array x = broken[name];
          if (x.type() == dtype::float64 && name == "x") {
            EXPECT_EQ(x.get<double>().get(), values<double>(x.raw().size())) << at;
          }
        }
      } catch (const input_error& problem) {
        EXPECT_EQ(std::string(problem.what()).find(file.string()), 0u) << problem.what();
      }
    };
    for (std::size_t n = 0; n < good.size(); ++n) harmless(good.substr(0, n), n);
    for (std::size_t i = 0; i < good.size(); ++i)
      for (const int flip : {0x01, 0x80, 0xff}) {
        std::string bytes = good;
        bytes[i] = static_cast<char>(bytes[i] ^ flip);
        harmless(bytes, i);
      }
  }
  EXPECT_EQ(message_of<input_error>([&] { load_npz(write("no archive", "g.npz")); }),
            (folder / "g.npz").string() + ": is not an .npz file (no zip archive, or cut off)");
  EXPECT_EQ(message_of<input_error>([&] { load_npz(folder / "absent.npz"); }),
            (folder / "absent.npz").string() + ": cannot be opened (No such file or directory); is the name right?");
  EXPECT_NE(message_of<input_error>([&] {
              save_npz(file, {{"x", asarray<float>({1.0f})}, {"x", asarray<float>({1.0f})}});
            }).find("two arrays are named 'x'"),
            std::string::npos);
}

TEST_F(npy, a_failed_save_leaves_the_old_file) {
  const auto file = folder / "x.npy";
  save(file, asarray<float>({1.0f}));
  const std::string before = read(file);
  EXPECT_NE(
      message_of<input_error>([&] { save(folder / "nowhere" / "x.npy", asarray<float>({2.0f})); }).find("cannot be written"),
      std::string::npos);
  EXPECT_NE(message_of<input_error>([&] {
              save_npz(folder / "nowhere" / "x.npz", {{"x", asarray<float>({2.0f})}});
            }).find("cannot be written"),
            std::string::npos);
  std::filesystem::create_directory(folder / "taken.npy");
  EXPECT_NE(message_of<input_error>([&] { save(folder / "taken.npy", asarray<float>({2.0f})); }).find("cannot be written"),
            std::string::npos);
  EXPECT_EQ(read(file), before);
  save(file, asarray<float>({2.0f}));
  EXPECT_EQ(load<float>(file).item(), 2.0f);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 2u); // no temporary file stays
}

} // namespace
} // namespace dojima
