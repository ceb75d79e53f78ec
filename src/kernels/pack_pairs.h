// Orders the steps of u8 convolutions for kernels that add products in int16 (ConvGeometry::saturating_pairs).
//
// vpmaddubsw multiplies four u8 by four s8 and adds neighbours, saturating in int16. A sum is safe for every input when the
// positive weights in it add up to at most 128, and the magnitudes of the negative ones too (128 * 255 = 32640): the pair rule.
// Two things follow:
//  - A step that breaks the rule in some lane is split in two that read the same four bytes: the larger weight of each broken
//  pair
//    moves to the second step, which is zero elsewhere. That costs a step, and nothing is lost.
//  - Two steps that keep the rule together may be added in int16 before they are widened, which saves a fifth of the work. The
//    steps of a panel are therefore matched in pairs, as many as a quick search finds.
#pragma once

#include "kernels/pack.h"

namespace headrace::kernels {

// `packed`: with every step in its natural place. The result computes the same sums; every panel has a list of steps of its
// own. A step must be one vector of AVX2, 32 bytes.
PackedConv pair_steps(PackedConv packed);

}  // namespace headrace::kernels
