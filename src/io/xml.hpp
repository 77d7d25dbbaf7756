// XML documents, over pugixml: elements that know their line and remember which of them were read.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dojima/io/read.hpp"

namespace dojima::io {

/// Something in a file that cannot be used, and where.
struct xml_problem {
  problem what;
  std::string file;
  long line;
  rejection as_rejection(const std::string& id) const { return {file, line, id, what.what, what.why, what.suggestion}; }
};

/// An element of a document; it keeps the document alive.
class element {
public:
  /// The root of a document, which must be named `root`. input_error, with the line, where it is no such document.
  static element parse(std::string file, std::string bytes, const char* root);
  /// The same of a file.
  static element read(const std::filesystem::path& file, const char* root, std::vector<input_file>& files);
  /// The name of a document's root; empty when it is no XML.
  static std::string root_name(std::string_view bytes);

  std::string name() const;
  long line() const;
  const std::string& file() const;
  std::string text() const; ///< trimmed
  std::string attribute(const char* name) const;

  /// Child elements, all of them or those of one name, marked as read.
  std::vector<element> children(const char* name = nullptr) const;
  std::optional<element> child(const char* name) const;
  /// The child if it holds a text.
  std::optional<element> filled(const char* name) const;
  /// The rest throws xml_problem: where a child is missing or empty, and where its text is not what is asked for.
  element needed(const char* name) const;
  double number() const;
  date day() const;
  bool yes() const;
  template <class T> T choice(std::initializer_list<std::pair<const char*, T>> choices) const {
    std::string list;
    for (const auto& [name, meaning] : choices) {
      if (text() == name) return meaning;
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    fail("must be one of " + list);
  }
  [[noreturn]] void fail(const std::string& why, const std::string& suggestion = "correct it") const;

  /// The text of a child; empty when there is none.
  std::string text(const char* child_name) const;
  std::string needed_text(const char* child_name) const { return needed(child_name).text(); }

  /// Elements below this one that hold a text and were never asked for.
  std::vector<element> unread() const;
  void mark_read() const; ///< this one and all below it

private:
  struct document;
  element(std::shared_ptr<document> owner, const void* node) : owner_(std::move(owner)), node_(node) {}

  std::shared_ptr<document> owner_;
  const void* node_; ///< pugixml's
};

} // namespace dojima::io
