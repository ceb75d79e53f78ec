#include "quant/targets/target.h"

#include <array>

namespace headrace {

const Target& target_of(TargetKind kind) {
  static constexpr std::array kTargets = {
      Target{TargetKind::kOrtX86, false, true, true, place_ort_x86},
      Target{TargetKind::kOpenVino, false, true, true, place_openvino},
      Target{TargetKind::kTensorRt, true, false, false, place_tensorrt},
  };
  for (const Target& target : kTargets)
    if (target.kind == kind) return target;
  return kTargets[0];
}

}  // namespace headrace
