// One loaded model in OpenVINO.
#pragma once

#include <memory>

#include "engines/engine.h"

namespace headrace::openvino {

Result<std::unique_ptr<Session>> load_session(const ModelSource& model, const SessionOptions& options);

}  // namespace headrace::openvino
