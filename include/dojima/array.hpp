// The array layer as a whole; docs/array.md sets it beside NumPy and CuPy.
#pragma once

#include "dojima/array/array.hpp"
#include "dojima/array/dlpack.hpp"
#include "dojima/array/elementwise.hpp"
#include "dojima/array/fft.hpp"
#include "dojima/array/graph.hpp"
#include "dojima/array/linalg.hpp"
#include "dojima/array/memory.hpp"
#include "dojima/array/npy.hpp"
#include "dojima/array/order.hpp"
#include "dojima/array/pipeline.hpp"
#include "dojima/array/random.hpp"
#include "dojima/array/raw_kernel.hpp"
#include "dojima/array/reduce.hpp"
#include "dojima/array/shape.hpp"
#include "dojima/array/shard.hpp"
#include "dojima/array/transfer.hpp"
