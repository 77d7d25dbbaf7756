#include "dojima/pricing/price.hpp"

#include <cmath>

namespace dojima {

std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings, const stream& on) {
  std::vector<estimate> results(positions.size());
  portfolio accepted;
  std::vector<std::size_t> where;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (const auto p = find_problem(positions[i], m)) {
      results[i].status = p->what + " (" + p->why + "); " + p->suggestion;
    } else {
      accepted.push_back(positions[i]);
      where.push_back(i);
    }
  }
  const revaluer book(accepted, m, {}, settings, on);
  for (std::size_t j = 0; j < where.size(); ++j) {
    const contract& terms = accepted[j].terms;
    const char* method = std::holds_alternative<american_option>(terms) ? "spectral_collocation"
                         : std::holds_alternative<asian_option>(terms)  ? "monte_carlo"
                                                                        : "closed_form";
    if (std::isfinite(book.values()[j])) results[where[j]] = {book.values()[j], book.standard_errors()[j], method, ""};
    else results[where[j]].status = "no finite value (its inputs are far outside what its formula can take); look at its terms";
  }
  return results;
}

} // namespace dojima
