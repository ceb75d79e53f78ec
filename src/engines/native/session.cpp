#include "engines/native/session.h"

#include <algorithm>
#include <mutex>

#include "base/memory.h"
#include "base/parallel.h"
#include "engines/evaluate.h"
#include "engines/native/batch_plan.h"
#include "engines/native/lower/lowering.h"
#include "engines/native/tune.h"
#include "engines/read_source.h"
#include "engines/shape_memory.h"
#include "kernels/dispatch.h"
#include "passes/pass.h"

namespace headrace::native {

namespace {

constexpr int kUsualExtent = 224;  // of pictures whose size is not fixed, to measure and warm up with
constexpr size_t kPlans = 8;       // a server sees a handful of batch sizes

Extent extent_of(const Dims& dims) {
  const auto at = [&](size_t i) { return static_cast<int>(dims[i]); };
  return dims.size() == 4 ? Extent{at(0), at(2), at(3), at(1)} : Extent{at(0), 1, 1, at(1)};
}

Dims dims_of(const Extent& e, size_t rank) {
  if (rank == 4) return {e.n, e.c, e.h, e.w};
  return {e.n, int64_t{e.h} * e.w * e.c};
}

// A plan with the memory of the runs that are under way.
struct Planned {
  std::vector<Extent> inputs;
  std::unique_ptr<BatchPlan> plan;
  std::mutex mutex;
  std::vector<kernels::AlignedBytes> free;  // not in use: what a run needs
};

class NativeSession final : public Session {
 public:
  NativeSession(Program program, int threads) : program_(std::move(program)), team_(threads) {}

  const Signature& signature() const override { return program_.signature; }

  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    HEADRACE_CHECK(check_inputs(signature(), inputs));
    HEADRACE_TRY(const std::shared_ptr<Planned> planned, planned_for(inputs));
    outputs.resize(signature().outputs.size());
    std::array<const std::byte*, 16> in{};
    std::array<std::byte*, 16> out{};
    for (size_t i = 0; i < inputs.size(); ++i) in[i] = inputs[i].bytes().data();
    for (size_t i = 0; i < outputs.size(); ++i) {
      const TensorSpec& spec = signature().outputs[i];
      make_writable(outputs[i], spec.dtype, dims_of(planned->plan->outputs()[i], spec.shape.size()));
      out[i] = outputs[i].mutable_bytes().data();
    }
    run_in(*planned, {.arena = nullptr,
                      .inputs = {in.data(), inputs.size()},
                      .outputs = {out.data(), outputs.size()},
                      .first_image = 0,
                      .stage_ns = {}});
    return Ok{};
  }

  // Plans for the model's own extents, so that the first run does not pay.
  void warm_up() {
    if (auto planned = planned_for(input_extents(signature())); planned.ok()) release(**planned, memory(**planned));
  }

 private:
  Result<std::shared_ptr<Planned>> planned_for(std::span<const Tensor> inputs) {
    std::vector<Extent> extents;
    extents.reserve(inputs.size());
    for (const Tensor& input : inputs) extents.push_back(extent_of(input.dims()));
    return planned_for(extents);
  }

  Result<std::shared_ptr<Planned>> planned_for(const std::vector<Extent>& extents) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const auto& p) { return p->inputs == extents; });
    if (found != plans_.end()) return *found;
    auto planned = std::make_shared<Planned>();
    planned->inputs = extents;
    HEADRACE_TRY(planned->plan, BatchPlan::make(program_, extents, team_.threads()));
    if (plans_.size() == kPlans) plans_.erase(plans_.begin());
    plans_.push_back(planned);
    return planned;
  }

  kernels::AlignedBytes memory(Planned& planned) const {
    {
      const std::lock_guard lock(planned.mutex);
      if (!planned.free.empty()) {
        auto arena = std::move(planned.free.back());
        planned.free.pop_back();
        return arena;
      }
    }
    return kernels::AlignedBytes(planned.plan->memory_bytes(team_.threads()));
  }

  static void release(Planned& planned, kernels::AlignedBytes arena) {
    const std::lock_guard lock(planned.mutex);
    planned.free.push_back(std::move(arena));
  }

  void run_in(Planned& planned, Frame frame) {
    auto arena = memory(planned);
    frame.arena = arena.data();
    const auto body = [&](int member, int members, Barrier& barrier) { planned.plan->run(frame, member, members, &barrier); };
    // When another caller has the team, this thread computes alone: no thread more than callers and team ever runs.
    if (team_.threads() == 1 || !team_.try_run(body)) planned.plan->run(frame, 0, 1, nullptr);
    release(planned, std::move(arena));
  }

  Program program_;
  mutable Team team_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Planned>> plans_;
};

// The model itself is gone when this returns.
Result<Program> lower(const ModelSource& source, const kernels::KernelTable& table) {
  HEADRACE_TRY(Model model, read_source(source));
  HEADRACE_TRY(const auto reports, run_passes(model, {constant_evaluator()}));
  return Lowering(model, table).run();
}

}  // namespace

Result<Program> load_program(const ModelSource& source) {
  HEADRACE_TRY(const kernels::KernelTable* table, kernels::select_kernels());
  HEADRACE_TRY(Program program, lower(source, *table));
  return_free_memory();
  if (program.signature.inputs.size() > 16 || program.signature.outputs.size() > 16)
    return unsupported("the native engine takes up to 16 inputs and outputs");
  HEADRACE_CHECK(settle(program, input_extents(program.signature)));
  return program;
}

std::vector<Extent> input_extents(const Signature& signature) {
  std::vector<Extent> extents;
  for (const TensorSpec& spec : signature.inputs) {
    Dims dims;
    for (size_t i = 0; i < spec.shape.size(); ++i)
      dims.push_back(spec.shape[i].known() ? spec.shape[i].extent : i == 0 ? 1 : kUsualExtent);
    extents.push_back(extent_of(dims));
  }
  return extents;
}

Result<std::unique_ptr<Session>> load_session(const ModelSource& source, const SessionOptions& options) {
  HEADRACE_TRY(Program program, load_program(source));
  auto session = std::make_unique<NativeSession>(std::move(program), options.threads > 0 ? options.threads : available_cpus());
  session->warm_up();
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace headrace::native
