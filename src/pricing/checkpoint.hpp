// Sums of finished chunks in a file, from which a later run goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

#include "pricing/simulation.hpp"

namespace dojima {

/// A hash (XXH3) of all that decides the bits of a chunk's sums: what market, trades and settings have become, and how the
/// devices round. The number of paths is not among it.
std::uint64_t identity_of(const simulation_inputs& in, std::span<const stream> on);

/// The file: "DOJIMA C", then 64-bit words: the book's identity, and for each simulation its identity, a count, and so many
/// doubles; the XXH3 of all that at the end.
class checkpoint {
public:
  /// Reads the file, or makes it. book: the identities of its simulations. input_error where the file is broken or another
  /// book's; it is left as it is.
  checkpoint(std::filesystem::path file, const std::vector<std::uint64_t>& book);

  /// [chunk][trade][sum]; empty where nothing is known.
  std::vector<double> sums_of(std::uint64_t simulation) const;
  /// Takes the sums of a simulation, and writes the file where that has been long ago.
  void keep(std::uint64_t simulation, std::span<const double> sums);
  /// Replaces the file, whole or not at all.
  void write();

private:
  std::filesystem::path file_;
  std::uint64_t book_;
  std::map<std::uint64_t, std::vector<double>> sums_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

} // namespace dojima
