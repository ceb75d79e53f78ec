// What the data tests share: signatures and the golden pictures.
#pragma once

#include <filesystem>
#include <string>

#include "data/dataset.h"
#include "support/paths.h"
#include "support/test_support.h"

namespace headrace::testing {

inline std::string golden(const std::string& name) { return testing::test_data() + "/data/golden/" + name; }

inline void copy_golden(const std::string& name, const std::filesystem::path& to) { write_file(to, read_file(golden(name))); }

// An extent of -1 is unknown.
inline TensorSpec spec(const std::string& name, const Dims& dims, DType dtype = DType::kFloat32) {
  TensorSpec spec{name, dtype, make_shape(dims)};
  for (Dim& dim : spec.shape)
    if (dim.extent < 0) dim = {-1, "N"};
  return spec;
}

inline Signature picture_signature(DType dtype = DType::kFloat32) { return {{spec("x", {-1, 3, 16, 16}, dtype)}, {}}; }

inline DatasetOptions options(const std::string& preprocess, bool skip_bad = false) {
  return {*parse_preprocess(preprocess), skip_bad};
}

}  // namespace headrace::testing
