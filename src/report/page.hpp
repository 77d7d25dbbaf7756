// Reports as one HTML file each, which needs no network.
#pragma once

#include <string>
#include <string_view>

namespace dojima::output {

/// The page that `script` draws into `body` from `data`, JSON text.
std::string page_html(std::string_view title, std::string_view body, std::string_view script, const std::string& data);

} // namespace dojima::output
