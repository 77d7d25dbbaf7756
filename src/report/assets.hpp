// Files that the build embeds in the program: src/report/assets and Chart.js.
#pragma once

#include <string_view>

namespace dojima::assets {

extern const std::string_view page_html, page_css, page_js, report_html, report_js, validation_html, validation_js, chart_js;

} // namespace dojima::assets
