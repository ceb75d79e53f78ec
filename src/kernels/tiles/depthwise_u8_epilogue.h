// From the sums of a block of channels to codes in memory.
#pragma once

#include "kernels/depthwise.h"
#include "kernels/tiles/inline.h"

namespace headrace::kernels {

// The channels of one block: its share of the packed weights, and its pieces (see depthwise_blocks.h).
struct DepthwiseBlock {
  const std::byte* bias;        // four vectors
  const std::byte* multiplier;  // four vectors
  const std::byte* weights;     // [taps][bytes of a vector]
  const std::byte* input;       // of the first pixel, at the block's first channel
  std::byte* output;
  int channels;  // of one piece, that exist
  int pieces;
  int cols;                                   // output columns of a piece
  ptrdiff_t input_piece[4], output_piece[4];  // where the pieces begin
};

template <class T>
class DepthwiseEpilogue {
 public:
  HEADRACE_INLINE DepthwiseEpilogue(const ConvEpilogue& e, const DepthwiseBlock& block)
      : block_(&block), zero_point_(T::set16(e.zero_point)), minimum_(T::set8(e.minimum)), maximum_(T::set8(e.maximum)) {}

  // rne(sum * multiplier), for vector j of the block.
  HEADRACE_INLINE typename T::I scaled(typename T::I sum, int j) const {
    const auto multiplier = T::load(reinterpret_cast<const float*>(block_->multiplier) + j * T::kLanes);
    return T::to_int(T::mul(T::to_float(sum), multiplier));
  }
  // Two neighbouring vectors' worth.
  HEADRACE_INLINE typename T::I join(typename T::I a, typename T::I b) const { return T::adds16(T::pack32(a, b), zero_point_); }
  HEADRACE_INLINE void store(typename T::I low, typename T::I high, std::byte* out) const {
    const auto codes = T::min_u8(T::max_u8(T::pack16(low, high), minimum_), maximum_);
    T::store_pieces(out, codes, block_->pieces, block_->output_piece, block_->channels);
  }

 private:
  const DepthwiseBlock* block_;
  typename T::I zero_point_, minimum_, maximum_;
};

}  // namespace headrace::kernels
