// Values a small book: what a pricing engine does. Takes the market directory as its argument.
#include <dojima/io/read.hpp>
#include <dojima/pricing/price.hpp>

#include <exception>
#include <iomanip>
#include <iostream>

int main(int argc, char** argv) {
  using namespace dojima;
  try {
    const market_data data = read_market(argc > 1 ? argv[1] : "data/market");
    const date expiry = *parse_date("2023-12-15");
    asian_option average{option_type::call, 3900, expiry, {}};
    for (int month = 1; month <= 11; ++month) average.fixings.push_back({add(data.snapshot.as_of, {month, 'M'}), std::nullopt});

    const portfolio book{
        {"european", "options", "SPX", 10, european_option{option_type::call, 3900, expiry}},
        {"american", "options", "SPX", 10, american_option{option_type::put, 3800, expiry}},
        {"knock-out", "options", "SPX", 10, barrier_option{option_type::put, 3800, expiry, false, false, 3000, 0}},
        {"average", "options", "SPX", 10, average},
        {"euro call", "fx", "EURUSD", 1e6, european_option{option_type::call, 1.10, expiry}},
        {"expired", "options", "SPX", 10, european_option{option_type::call, 3900, data.snapshot.as_of}},
    };
    const std::vector<estimate> values = price(book, data.snapshot);
    std::cout << std::fixed << std::setprecision(2);
    for (std::size_t i = 0; i < book.size(); ++i) {
      std::cout << std::left << std::setw(11) << book[i].id << std::right;
      if (values[i].status.empty())
        std::cout << std::setw(14) << values[i].value << " +- " << std::setw(8) << values[i].standard_error << " USD  "
                  << values[i].method << "\n";
      else std::cout << "  " << values[i].status << "\n";
    }
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
