// One number found by several roads, and whether they agree.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dojima {

/// A number by one road: "cpu", "cuda:0", "closed_form", "quantlib", "table".
struct road_value {
  std::string road;
  double value = 0;
  double standard_error = 0;  ///< of chance; 0 where there is none
  double uncertainty = 0;     ///< known half-width besides: digits printed, discretisation, rounding
  std::string same_bits = {}; ///< roads with the same mark promise the same bits in double; empty: no promise
  std::string method = {};    ///< how it was found, in the road's own words
  std::string missing = {};   ///< why the road has no number; empty when it has one
  double seconds = 0;
};

/// Two roads to one number. They agree when |difference| <= limit: `threshold` standard errors of the difference plus both
/// uncertainties; 0 where the roads promise the same bits.
struct comparison {
  std::string left, right;
  double difference = 0;        ///< left - right, in the unit of the number
  double ulps = 0;              ///< the same, in units of the last place of the larger one
  std::optional<double> z = {}; ///< the same, in its standard errors; none where neither road leaves anything to chance
  double limit = 0;
  bool agrees = false;
};

/// `listed`: differs, and is known to, for the reason given. `skipped`: nothing to compare, for the reason given.
enum class verdict { passed, failed, listed, skipped };
std::string to_string(verdict v);

struct validated {
  std::string id;
  std::string group;          ///< book, kind of table, or suite: what summaries add up
  std::string product, model; ///< where it is a trade
  std::string quantity = "value";
  std::vector<road_value> roads = {};
  std::vector<comparison> comparisons = {};
  verdict outcome = verdict::skipped;
  std::string reason = {}; ///< why it did not pass
};

/// Standard errors that a difference may take.
inline constexpr double validation_threshold = 4;

/// Compares each pair of roads that have a number, and decides. A road whose mark of equal bits an earlier one has is compared
/// with that one alone. Numbers that are not finite and pairs that differ are named in the reason, or, where nothing could be
/// compared, what is missing.
void judge(validated& item, double threshold = validation_threshold);

} // namespace dojima
