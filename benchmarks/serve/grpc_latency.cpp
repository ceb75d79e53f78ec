// One client, one request at a time: the latency of a gRPC inference of one float, as JSON on standard output.
// usage: grpc_latency HOST:PORT MODEL INPUT SECONDS
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "inference.grpc.pb.h"
#include "measure/statistics.h"

namespace {

using Clock = std::chrono::steady_clock;
using Stub = inference::GRPCInferenceService::Stub;

inference::ModelInferRequest one_float(const char* model, const char* input) {
  inference::ModelInferRequest request;
  request.set_model_name(model);
  auto* tensor = request.add_inputs();
  tensor->set_name(input);
  tensor->set_datatype("FP32");
  tensor->add_shape(1);
  tensor->add_shape(1);
  request.add_raw_input_contents(std::string("\0\0\x80\x3f", 4));
  return request;
}

// Milliseconds of each request; ends at the first that fails, whose message goes to standard error.
bool measure(Stub& stub, const inference::ModelInferRequest& request, double seconds, std::vector<double>& latencies_ms) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    grpc::ClientContext context;
    inference::ModelInferResponse response;
    const auto began = Clock::now();
    const grpc::Status status = stub.ModelInfer(&context, request, &response);
    latencies_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    if (status.ok()) continue;
    std::fprintf(stderr, "error: %s\n", status.error_message().c_str());
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: grpc_latency HOST:PORT MODEL INPUT SECONDS\n"), 2;
  const auto stub = inference::GRPCInferenceService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  const inference::ModelInferRequest request = one_float(argv[2], argv[3]);
  std::vector<double> latencies_ms;
  if (!measure(*stub, request, 0.5, latencies_ms)) return 1;  // warm-up
  latencies_ms.clear();
  if (!measure(*stub, request, std::atof(argv[4]), latencies_ms)) return 1;
  const headrace::LatencySummary summary = headrace::summarize(std::move(latencies_ms));
  const nlohmann::json latency = {{"p50", summary.median}, {"p99", summary.p99}, {"min", summary.min}};
  std::printf("%s\n", nlohmann::json{{"requests", summary.count}, {"latency_ms", latency}}.dump().c_str());
}
