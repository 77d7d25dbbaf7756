// What reports of books and of tables share.
#pragma once

#include "dojima/validation/validate.hpp"

namespace dojima {

/// "cpu:avx2", "cuda:0".
std::string road_name(const device& d);
/// Takes the settings, with every device that promises equal bits where they name none.
void begin_report(validation_report& report, const validation_settings& settings);
/// Makes the road that of a device's simulation, which promises its bits in double.
void mark_simulation(road_value& road, const device& on, const pricing_settings& settings);

/// An uncertainty beside chance that z-scores do not notice, in standard errors.
inline constexpr double unnoticed = 0.1;
/// A value of fewer errors than these is one that few paths pay: their spread says little, and z is not normal.
inline constexpr double many_errors = 10;
/// Paths that a control must leave to err: with fewer the error itself is too uncertain for a z-score.
inline constexpr double informative = 300;

} // namespace dojima
