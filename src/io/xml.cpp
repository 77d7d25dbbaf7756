#include "io/xml.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include "dojima/error.hpp"
#include "io/csv.hpp"

namespace dojima::io {
namespace {

pugi::xml_node node_of(const void* node) {
  return pugi::xml_node(static_cast<pugi::xml_node_struct*>(const_cast<void*>(node)));
}

} // namespace

struct element::document {
  std::string file, bytes;
  std::vector<std::size_t> line_starts;
  pugi::xml_document xml;
  std::set<const void*> read;

  long line_of(std::ptrdiff_t offset) const {
    return std::upper_bound(line_starts.begin(), line_starts.end(),
                            static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0))) -
           line_starts.begin();
  }
};

element element::read(const std::filesystem::path& file, const char* root, std::vector<input_file>& files) {
  return parse(file.string(), read_bytes(file, files), root);
}

element element::parse(std::string file, std::string contents, const char* root) {
  auto owner = std::make_shared<document>();
  owner->file = std::move(file);
  owner->bytes = std::move(contents);
  const std::string& bytes = owner->bytes;
  if (bytes.find_first_not_of(" \t\r\n") == bytes.npos)
    throw input_error(owner->file + ": is empty (a <" + root + "> is needed)");
  owner->line_starts.push_back(0);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] == '\n') owner->line_starts.push_back(i + 1);
  const pugi::xml_parse_result parsed = owner->xml.load_buffer(bytes.data(), bytes.size());
  if (!parsed)
    throw input_error(owner->file + ":" + std::to_string(owner->line_of(parsed.offset)) + ": not XML (" + parsed.description() +
                      "); is every element closed?");
  const pugi::xml_node top = owner->xml.document_element();
  if (top.name() != std::string(root))
    throw input_error(owner->file + ":" + std::to_string(owner->line_of(top.offset_debug())) + ": root element <" +
                      shortened(top.name()) + "> (a <" + root + "> is needed); is it the right file?");
  struct : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node&) override { return depth() < 100; }
  } shallow;
  if (!owner->xml.traverse(shallow))
    throw input_error(owner->file + ": elements within elements, a hundred deep (none of ours is)");
  return {owner, top.internal_object()};
}

std::string element::root_name(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 4096);
  const std::size_t first = start.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == start.npos || start[first] != '<') return "";
  pugi::xml_document xml;
  xml.load_buffer(start.data(), start.size()); // most often cut off: what came before is kept
  return xml.document_element().name();
}

std::string element::name() const { return node_of(node_).name(); }
long element::line() const { return owner_->line_of(node_of(node_).offset_debug()); }
const std::string& element::file() const { return owner_->file; }
std::string element::attribute(const char* name) const { return node_of(node_).attribute(name).value(); }

std::string element::text() const {
  std::string value = node_of(node_).child_value();
  const char* const space = " \t\r\n";
  value.erase(0, std::min(value.find_first_not_of(space), value.size()));
  value.erase(value.find_last_not_of(space) + 1);
  return value;
}

std::vector<element> element::children(const char* name) const {
  std::vector<element> all;
  for (const pugi::xml_node& child : node_of(node_).children())
    if (child.type() == pugi::node_element && (name == nullptr || child.name() == std::string(name))) {
      owner_->read.insert(child.internal_object());
      all.push_back({owner_, child.internal_object()});
    }
  return all;
}

std::optional<element> element::child(const char* name) const {
  const std::vector<element> all = children(name);
  if (all.size() > 1) all[1].fail("<" + std::string(name) + "> is there twice", "leave one");
  return all.empty() ? std::nullopt : std::optional(all.front());
}

std::optional<element> element::filled(const char* name) const {
  auto found = child(name);
  return found && !found->text().empty() ? found : std::nullopt;
}

element element::needed(const char* name) const {
  auto found = child(name);
  if (!found)
    throw xml_problem{{"no <" + std::string(name) + ">", "<" + this->name() + "> needs it", "add it"}, file(), line()};
  const bool has_elements =
      node_of(found->node_).find_child([](const pugi::xml_node& n) { return n.type() == pugi::node_element; });
  if (found->text().empty() && !has_elements) found->fail("it is empty", "fill it in");
  return *found;
}

void element::fail(const std::string& why, const std::string& suggestion) const {
  const std::string value = text();
  throw xml_problem{{name() + (value.empty() ? "" : " '" + shortened(value) + "'"), why, suggestion}, file(), line()};
}

double element::number() const {
  const auto x = parse_number(text());
  if (!x) fail("not a finite number");
  if (std::abs(*x) > 1e15) fail("above 1e15, far outside any market");
  return *x;
}

date element::day() const {
  std::string written = text();
  if (written.size() == 8 && written.find_first_not_of("0123456789") == written.npos)
    written = written.substr(0, 4) + "-" + written.substr(4, 2) + "-" + written.substr(6);
  const auto d = parse_date(written);
  if (!d) fail("not a day of the calendar as YYYY-MM-DD or YYYYMMDD");
  return *d;
}

bool element::yes() const {
  return choice<bool>({{"true", true}, {"false", false}, {"True", true}, {"False", false}, {"Y", true}, {"N", false}});
}

std::string element::text(const char* child_name) const {
  const auto found = child(child_name);
  return found ? found->text() : "";
}

std::vector<element> element::unread() const {
  std::vector<element> all;
  for (const pugi::xml_node& child : node_of(node_).children()) {
    if (child.type() != pugi::node_element) continue;
    const element below(owner_, child.internal_object());
    if (!owner_->read.contains(child.internal_object()) && !below.text().empty()) all.push_back(below);
    for (element& more : below.unread()) all.push_back(std::move(more));
  }
  return all;
}

void element::mark_read() const {
  for (const element& child : children()) child.mark_read();
}

} // namespace dojima::io
