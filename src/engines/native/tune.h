// Which of two ways to compute a layer is the faster one here: measured, and remembered for the process.
#pragma once

#include "engines/native/layers/conv.h"

namespace headrace::native {

// Memory for trial runs: as large as the arena, touched.
class AlignedArena {
 public:
  explicit AlignedArena(size_t bytes);
  ~AlignedArena();
  AlignedArena(const AlignedArena&) = delete;
  AlignedArena& operator=(const AlignedArena&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_;
};

// Whether Winograd is the faster way for `layer` bound so. HEADRACE_WINOGRAD=0 or 1 decides without measuring.
bool winograd_pays(const ConvLayer& layer, const Binding& binding, std::byte* arena);

}  // namespace headrace::native
