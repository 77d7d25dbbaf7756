// Files that the build embeds in the program: src/report/assets and Chart.js.
#pragma once

#include <string_view>

namespace dojima::assets {

extern const std::string_view report_html, report_css, report_js, chart_js;

} // namespace dojima::assets
