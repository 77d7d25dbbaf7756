// What a market directory may say beside prices: the models that underlyings follow, correlations, cash dividends.
#pragma once

#include <set>

#include "dojima/io/read.hpp"

namespace dojima::io {

/// `refused`: underlyings that were left out before; what is said of them is passed over.
void read_models(const std::filesystem::path& file, const std::set<std::string>& refused, market_data& data);
void read_correlations(const std::filesystem::path& file, const std::set<std::string>& refused, market_data& data);
void read_dividends(const std::filesystem::path& file, const std::set<std::string>& refused, market_data& data);

} // namespace dojima::io
