// Tables of reference values as a validation: devices beside each other, faults, directories.
#include "dojima/validation/validate.hpp"

#include "tests/io/files.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

validation_settings few_paths() {
  validation_settings s;
  s.pricing.paths = 4096;
  return s;
}
std::filesystem::path table(const char* kind) { return test::data_directory() / "reference" / (std::string(kind) + ".csv"); }

TEST(validate_tables, compares_each_row_on_each_device) {
  validation_settings s = few_paths();
  for (const device& d : test::all_devices())
    if (d.bitwise()) s.devices.push_back(d);
  if (s.devices.size() == 1) s.devices.push_back(s.devices[0]); // the same bits all the same
  const validation_report r = validate_tables({table("european_bsm"), table("barrier_discrete")}, s);
  EXPECT_TRUE(r.passed());
  ASSERT_EQ(r.groups.size(), 2u);
  EXPECT_EQ(r.groups[0].name, "barrier_discrete");
  EXPECT_EQ(r.groups[1].failed, 0u);
  EXPECT_EQ(r.inputs.size(), 3u) << "two tables and their list";
  EXPECT_EQ(r.law.outcome, verdict::passed) << r.law.reason;
  std::size_t same_bits = 0;
  for (const validated& v : r.items)
    for (const comparison& c : v.comparisons) same_bits += c.limit == 0 && c.left.starts_with("cpu") && c.right != "table";
  EXPECT_GT(same_bits, 50u);
}

TEST(validate_tables, single_precision_promises_no_bits) {
  validation_settings s = few_paths();
  s.pricing.format = simulation_precision::single;
  s.devices = test::all_devices();
  const validation_report r = validate_tables({table("chooser")}, s);
  EXPECT_TRUE(r.passed());
  for (const validated& v : r.items)
    for (const road_value& road : v.roads) EXPECT_EQ(road.same_bits, "") << road.road;
}

TEST(validate_tables, finds_an_injected_fault) {
  validation_settings s = few_paths();
  s.fault = parse_fault("vol+1e-4");
  const validation_report r = validate_tables({table("european_bsm")}, s);
  EXPECT_FALSE(r.passed());
  EXPECT_GT(r.groups.at(0).failed, 100u);
  s.fault = parse_fault("spot*1.0001");
  EXPECT_NE(test::message_of<input_error>([&] { validate_tables({table("european_bsm")}, s); }).find("take vol+1e-4"),
            std::string::npos);
}

TEST(validate_tables, takes_the_tables_of_a_directory) {
  const test::temporary_directory folder;
  test::write(folder / "b.csv", test::read(table("compound")));
  test::write(folder / "a.csv", test::read(table("chooser")));
  test::write(folder / "notes.csv", "name,expected\nx,y\n");
  const validation_report r = validate_tables({folder.path()}, few_paths());
  ASSERT_EQ(r.inputs.size(), 2u);
  EXPECT_TRUE(r.inputs[0].path.ends_with("a.csv"));
  EXPECT_EQ(r.groups.size(), 2u);
  std::filesystem::remove(folder / "a.csv");
  std::filesystem::remove(folder / "b.csv");
  EXPECT_NE(test::message_of<input_error>([&] { validate_tables({folder.path()}, few_paths()); }).find("no tables"),
            std::string::npos);
}

} // namespace
} // namespace dojima
