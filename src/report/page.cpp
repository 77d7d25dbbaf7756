#include "report/page.hpp"

#include <utility>
#include <vector>

#include "report/assets.hpp"

namespace dojima::output {
namespace {

/// Replaces each marker of the template in one pass, so that text put in is never searched again.
std::string fill(std::string_view page, const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
  std::string out;
  while (!page.empty()) {
    std::size_t at = page.npos;
    const std::pair<std::string_view, std::string_view>* next = nullptr;
    for (const auto& part : parts)
      if (const std::size_t found = page.find(part.first); found < at) at = found, next = &part;
    out += page.substr(0, at);
    if (next == nullptr) break;
    out += next->second;
    page.remove_prefix(at + next->first.size());
  }
  return out;
}

} // namespace

std::string page_html(std::string_view title, std::string_view body, std::string_view script, const std::string& data) {
  std::string safe; // inside a script element: no '<' may stand, or the parser could leave it
  for (const char c : data) c == '<' ? safe += "\\u003c" : safe += c;
  return fill(assets::page_html, {{"{{title}}", title},
                                  {"/*{{style}}*/", assets::page_css},
                                  {"{{body}}", body},
                                  {"{{data}}", safe},
                                  {"/*{{chartjs}}*/", assets::chart_js},
                                  {"/*{{shared}}*/", assets::page_js},
                                  {"/*{{script}}*/", script}});
}

} // namespace dojima::output
