// A fused expression as the backends run it: plain data, in one pass over memory.
#pragma once

#include <cstdint>
#include <vector>

#include "dojima/array/types.hpp"

namespace dojima::kernels {

/// Reductions go through a tree of fixed shape: tiles of `tile` elements, in each of which `lanes` lanes add every 32nd
/// element.
inline constexpr std::int64_t tile = 1024;
inline constexpr std::int64_t lanes = 32;

using register_id = std::uint16_t;
inline constexpr register_id no_register = 0xffff;

/// An array that is read or written at each point of the domain. Strides count elements. Without data the value is the offset
/// itself, an int64. With an index register, axis `indexed_extent` long is addressed by its value: negative counts from the
/// end. A read out of bounds is held within them and noted; a write with a negative index is left out.
struct operand {
  void* data = nullptr;
  dtype type = dtype::float64;
  extents strides;
  std::int64_t offset = 0; ///< without data: added to the value
  register_id index = no_register;
  std::int64_t index_stride = 0, index_extent = 0;
};

struct constant {
  dtype type;
  std::uint64_t bits[2];
};

/// Registers are numbered: inputs, constants, body, accumulators (value, and position for argmin and argmax), epilogue.
struct instruction {
  op code;
  dtype type; ///< of the arguments (where: of the last two); cast: of the result
  dtype result;
  register_id args[3];
};

struct accumulator {
  reduction what;
  dtype type; ///< in which it accumulates
  register_id value;
  register_id position = no_register; ///< argmin, argmax: register of the positions; none: count along the reduced dims
};

struct output {
  register_id value;
  operand to; ///< strides over the domain, or over its kept dims
};

/// For every point of the domain run the body, reduce over its last `reduced` dims, then run the epilogue for every result.
/// Without reduced dims there are no accumulators and no epilogue. When more than `tile` points are reduced into one result,
/// only the tiles' values come out: the outputs then have one more dimension, that of the tiles, and there is no epilogue.
struct program {
  extents domain;
  std::size_t reduced = 0;
  bool ordered = true; ///< by the tree; otherwise the backend may add in any order
  std::vector<operand> inputs;
  std::vector<constant> constants;
  std::vector<instruction> body;
  std::vector<accumulator> accumulators;
  std::vector<instruction> epilogue;
  std::vector<output> outputs;

  std::int64_t kept_size() const {
    std::int64_t n = 1;
    for (std::size_t i = 0; i + reduced < domain.size(); ++i) n *= domain[i];
    return n;
  }
  std::int64_t reduced_size() const {
    std::int64_t n = 1;
    for (std::size_t i = domain.size() - reduced; i < domain.size(); ++i) n *= domain[i];
    return n;
  }
  std::int64_t tiles() const { return reduced == 0 ? 1 : (reduced_size() + tile - 1) / tile; }
  std::size_t body_registers() const { return inputs.size() + constants.size() + body.size(); }
};

constexpr bool has_position(reduction what) { return what == reduction::argmin || what == reduction::argmax; }

/// An index that was out of bounds, noted by a kernel; the stream's next synchronisation throws it.
struct alignas(32) index_fault {
  std::int64_t index, extent;
  std::int32_t set;
};

} // namespace dojima::kernels
