// Distribution functions and factors of matrices.
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <cmath>

#include "dojima/array/array.hpp"
#include "dojima/array/linalg.hpp"
#include "models/closed_form/bivariate_normal.hpp"
#include "models/closed_form/noncentral_chi_squared.hpp"
#include "models/elementary.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

row_value normal_cdf(const reference_row& r) {
  constexpr double ulp = 2.220446049250313e-16;
  const double x = r.number("x");
  if (r.quantity() == "cdf") return formula(ieee::norm_cdf(x), ulp * ieee::norm_cdf(x));
  if (r.quantity() != "pdf") throw not_valued{"quantity " + r.quantity()};
  const double density = inv_sqrt_2pi * ieee::exp(-0.5 * x * x);
  return formula(density, ulp * (2 + 0.5 * x * x) * density);
}

row_value inverse_normal_cdf(const reference_row& r) {
  if (r.quantity() != "quantile") throw not_valued{"quantity " + r.quantity()};
  const double p = r.within("probability", 0, 1);
  if (p == 0 || p == 1) throw problem{"probability = " + r["probability"], "must be in (0, 1)", ""};
  const double x = ieee::inverse_norm_cdf(p);
  return formula(x, 1e-15 * std::abs(x));
}

row_value bivariate_cdf(const reference_row& r) {
  if (r.quantity() != "cdf") throw not_valued{"quantity " + r.quantity()};
  return formula(bivariate_normal_cdf(r.number("a"), r.number("b"), r.within("rho", -1, 1)), 1e-15);
}

template <class Law> row_value of_law(const reference_row& r, const Law& law, double argument) {
  if (r.quantity() == "quantile") {
    const double value = boost::math::quantile(law, argument);
    return formula(value, 1e-13 * std::abs(value));
  }
  if (r.quantity() == "cdf") return formula(boost::math::cdf(law, argument), 1e-14);
  throw not_valued{"quantity " + r.quantity()};
}
row_value distribution_quantiles(const reference_row& r) {
  const std::string& law = r.one_of("distribution", {"student_t", "chi_square", "noncentral_chi_square", "gamma", "poisson"});
  const double p = r.positive("param_1"), x = r.number("argument");
  if (law == "student_t") return of_law(r, boost::math::students_t(p), x);
  if (law == "chi_square") return of_law(r, boost::math::chi_squared(p), x);
  if (law == "gamma") return of_law(r, boost::math::gamma_distribution<double>(p, r.positive("param_2")), x);
  if (law == "poisson") return of_law(r, boost::math::poisson(p), x);
  const double lambda = r.not_negative("param_2");
  if (r.quantity() == "cdf") return formula(noncentral_chi_squared_cdf(x, p, lambda), 1e-13);
  return of_law(r, boost::math::non_central_chi_squared(p, lambda), x);
}

row_value cholesky_element(const reference_row& r) {
  const auto rows = r.matrix("matrix");
  const auto n = static_cast<std::int64_t>(rows.size());
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const std::vector<double> factor = cholesky(asarray(all, extents{n, n}, stream::of(device::cpu()))).get();
  const int i = r.count("row", 1, static_cast<int>(n)), j = r.count("column", 1, static_cast<int>(n));
  const double value = factor[static_cast<std::size_t>((i - 1) * n + j - 1)];
  return formula(value, 1e-14 * (1 + std::abs(value)));
}

} // namespace

std::vector<table_kind> function_tables() {
  return {
      {"normal_cdf", {"x"}, normal_cdf},
      {"inverse_normal_cdf", {"probability"}, inverse_normal_cdf},
      {"bivariate_normal_cdf", {"a", "b", "rho"}, bivariate_cdf},
      {"distribution_quantiles", {"distribution", "param_1", "param_2", "argument"}, distribution_quantiles},
      {"cholesky", {"matrix", "row", "column"}, cholesky_element},
  };
}

} // namespace dojima
