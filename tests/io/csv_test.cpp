// Damaged files: what is lost, what goes on, and what is said about it.
#include "io/csv.hpp"

#include <gtest/gtest.h>

#include "dojima/error.hpp"
#include "tests/io/files.hpp"
#include "tests/message_of.hpp"

namespace {

using namespace dojima;
using test::temporary_directory;

struct outcome {
  io::table table;
  std::vector<rejection> rejected;
  std::vector<input_file> files;
};

outcome read(const std::string& text) {
  const temporary_directory dir;
  test::write(dir / "t.csv", text);
  outcome o;
  o.table = io::read_csv(dir / "t.csv", o.rejected, o.files);
  return o;
}

std::string refused(const std::string& text) {
  return test::message_of<input_error>([&] { read(text); });
}

void expect_rejection(const outcome& o, long line, const std::string& what) {
  ASSERT_EQ(o.rejected.size(), 1u) << what;
  const rejection& r = o.rejected.front();
  EXPECT_EQ(r.line, line) << what;
  EXPECT_NE(r.what.find(what), std::string::npos) << r.what;
  EXPECT_TRUE(r.file.ends_with("t.csv"));
  EXPECT_FALSE(r.why.empty());
  EXPECT_FALSE(r.suggestion.empty());
  EXPECT_FALSE(r.warning);
}

std::string cells(const io::table& t) {
  std::string all;
  for (const io::row& r : t.rows) {
    all += std::to_string(r.line) + ":";
    for (const std::string& f : r.fields) all += "[" + f + "]";
    all += " ";
  }
  return all;
}

TEST(csv, reads_rows_with_their_lines) { EXPECT_EQ(cells(read("a,b\n1,2\n\n3,4\n").table), "2:[1][2] 4:[3][4] "); }
TEST(csv, takes_every_end_of_line) {
  for (const char* text : {"a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "a,b\n1,2\r\n3,4"}) {
    const outcome o = read(text);
    EXPECT_EQ(o.table.header, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(cells(o.table), "2:[1][2] 3:[3][4] ");
    EXPECT_TRUE(o.rejected.empty());
  }
}
TEST(csv, drops_a_byte_order_mark) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\n1,2\n")
                .table.header.front(),
            "a");
}
TEST(csv, takes_quotes_and_blanks) { EXPECT_EQ(cells(read("a,b\n\"x, \"\"y\"\"\", 2 \n").table), "2:[x, \"y\"][2] "); }
TEST(csv, counts_the_lines_of_quoted_line_ends) {
  EXPECT_EQ(cells(read("a,b\n\"one\ntwo\",2\n3,\"x\n\ny\"\n5,6\n").table), "2:[one\ntwo][2] 4:[3][x\n\ny] 7:[5][6] ");
}
TEST(csv, takes_a_comma_at_the_end_of_each_line) {
  const outcome o = read("a,b,\n1,2,\n3,4\n5,6,,,\n");
  EXPECT_EQ(cells(o.table), "2:[1][2] 3:[3][4] 4:[5][6] ");
  EXPECT_TRUE(o.rejected.empty());
}

TEST(csv, leaves_out_a_short_row) {
  const outcome o = read("a,b,c\n1,2,3\n4,5\n6,7,8\n");
  expect_rejection(o, 3, "2 fields");
  EXPECT_EQ(o.rejected.front().id, "4");
  EXPECT_EQ(cells(o.table), "2:[1][2][3] 4:[6][7][8] ");
}
TEST(csv, leaves_out_a_row_of_ten_thousand_fields) {
  std::string row = "x";
  for (int i = 1; i < 10000; ++i) row += ",1";
  const outcome o = read("a,b\n" + row + "\n3,4\n");
  expect_rejection(o, 2, "10000 fields");
  EXPECT_EQ(cells(o.table), "3:[3][4] ");
}
TEST(csv, leaves_out_a_truncated_last_row) {
  const outcome o = read("a,b,c\n1,2,3\n4,5");
  expect_rejection(o, 3, "2 fields");
  EXPECT_EQ(o.table.rows.size(), 1u);
}
TEST(csv, an_open_quote_costs_its_own_line_only) {
  for (const char* row : {"\"3,4", "3,\"4", "3,4\",\"", "\"3\",\"4"}) {
    const outcome o = read(std::string("a,b\n1,2\n") + row + "\n5,6\n\"7\",\"8\"\n9,10\n");
    expect_rejection(o, 3, "quote");
    EXPECT_EQ(cells(o.table), "2:[1][2] 4:[5][6] 5:[7][8] 6:[9][10] ") << row;
  }
}
TEST(csv, many_open_quotes_end_in_time) {
  std::string text = "a,b\n";
  for (int i = 0; i < 20000; ++i) text += "\"1,2\n";
  const outcome o = read(text);
  EXPECT_EQ(o.rejected.size() + o.table.rows.size(), 20000u);
}
TEST(csv, a_zero_byte_costs_its_own_row) {
  const outcome o = read(std::string("a,b\n1,2\n3,\0"
                                     "4\n5,6\n",
                                     17));
  expect_rejection(o, 3, "zero byte");
  EXPECT_EQ(cells(o.table), "2:[1][2] 4:[5][6] ");
}

TEST(csv, refuses_what_is_no_table) {
  EXPECT_NE(refused("").find("empty file"), std::string::npos);
  EXPECT_NE(refused("\n\n\r\n").find("empty file"), std::string::npos);
  EXPECT_NE(refused("\xEF\xBB\xBF").find("empty file"), std::string::npos);
  EXPECT_NE(refused("a,b,a\n1,2,3\n").find(":1: column 'a' stands twice"), std::string::npos);
  EXPECT_NE(refused("a,,b,,c\n").find("without a name"), std::string::npos);
  EXPECT_NE(refused("a,\"b\n1,2\n").find("stray quote in the header"), std::string::npos);
  EXPECT_NE(refused(std::string("\x1f\x8b\x08\0\0abc\n", 9)).find("binary"), std::string::npos);
  EXPECT_NE(refused(std::string("\xFF\xFE"
                                "a\0,\0b\0\n\0",
                                10))
                .find("UTF-16"),
            std::string::npos);
}
TEST(csv, refuses_what_is_not_utf_8) {
  const auto text_of = [](const std::string& bytes) {
    std::vector<rejection> rejected;
    io::parse_csv("t.csv", bytes, rejected);
    return rejected.size();
  };
  for (const char* good : {"\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(text_of("a\n" + std::string(good) + "\n"), 0u) << good;
  for (const char* bad :
       {"\xE9", "\xC3", "\xC0\x80", "\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5", "\xE2\x82x"}) {
    const std::string message = test::message_of<input_error>([&] { text_of("a\nb\n" + std::string(bad) + "\n"); });
    EXPECT_EQ(message.rfind("t.csv:3: not UTF-8", 0), 0u) << message;
  }
}

TEST(csv, refuses_a_directory_and_a_missing_file) {
  const temporary_directory dir;
  outcome o;
  const auto message = [&](const std::filesystem::path& file) -> std::string {
    try {
      io::read_csv(file, o.rejected, o.files);
    } catch (const input_error& problem) {
      return problem.what();
    }
    return "";
  };
  EXPECT_NE(message(dir.path()).find("is a directory"), std::string::npos);
  EXPECT_NE(message(dir / "no.csv").find("No such file"), std::string::npos);
  EXPECT_NE(message(dir / "no.csv").find("no.csv"), std::string::npos);
}
TEST(csv, a_missing_column_names_those_that_are_there) {
  const outcome o = read("a,b\n1,2\n");
  try {
    o.table.required_column("c");
    FAIL();
  } catch (const input_error& problem) {
    EXPECT_NE(std::string(problem.what()).find(":1: no column 'c' (it has: a, b)"), std::string::npos) << problem.what();
  }
  EXPECT_THROW(read("a;b\n1;2\n").table.required_column("a"), input_error);
}

TEST(csv, hashes_what_it_read) {
  const outcome o = read("a,b\n1,2\n");
  ASSERT_EQ(o.files.size(), 1u);
  EXPECT_EQ(o.files[0].bytes, 8u);
  EXPECT_EQ(o.files[0].xxh3.size(), 16u);
  EXPECT_NE(o.files[0].xxh3, read("a,b\n1,3\n").files[0].xxh3);
}

TEST(csv, numbers) {
  EXPECT_EQ(io::parse_number("1.5"), 1.5);
  EXPECT_EQ(io::parse_number("+1.5e3"), 1500.0);
  EXPECT_EQ(io::parse_number("-0.25"), -0.25);
  for (const char* text : {"", "abc", "1,5", "1.5 ", "1e400", "-1e400", "nan", "inf", "-inf", "0x10", "1.5%", "$5", "1 000",
                           "--1", "+-1", "1e", "."})
    EXPECT_FALSE(io::parse_number(text)) << text;
}
TEST(csv, missing_values) {
  for (const char* text : {"", "N/A", "NA", "NaN", "null"}) EXPECT_TRUE(io::is_missing(text)) << text;
  for (const char* text : {"0", "-", "none"}) EXPECT_FALSE(io::is_missing(text)) << text;
}

TEST(csv, messages_stay_on_one_line_and_short) {
  EXPECT_EQ(to_string(rejection{"f.csv", 3, "X", "what", "why", "do this"}), "f.csv:3: X: what (why); do this");
  EXPECT_EQ(to_string(rejection{"", 0, "X", "what", "why", ""}), "X: what (why)");
  EXPECT_EQ(to_string(rejection{"f", 1, "a\nb\x1b[31m", "w", "", ""}), "f:1: a b [31m: w");
  EXPECT_EQ(io::shortened("short"), "short");
  EXPECT_EQ(io::shortened("abcdef", 3), "abc...");
  EXPECT_EQ(io::shortened("a\xC3\xA9", 2), "a..."); // not inside a character
}

} // namespace
