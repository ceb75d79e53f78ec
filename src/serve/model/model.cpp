#include "serve/model/model.h"

#include "serve/model/scheduler.h"

namespace headrace::serve {
namespace {

class ScheduledModel final : public Model {
 public:
  explicit ScheduledModel(std::shared_ptr<Scheduler> scheduler) : scheduler_(std::move(scheduler)) {}
  ~ScheduledModel() override { scheduler_->drain(std::chrono::milliseconds(0)); }

  ModelMetadata metadata() const override {
    const LoadedModel& loaded = scheduler_->loaded();
    return {loaded.name, {loaded.version}, loaded.platform, loaded.signature};
  }

  ModelConfig config() const override {
    const LoadedModel& loaded = scheduler_->loaded();
    return {.name = loaded.name,
            .version = loaded.version,
            .platform = loaded.platform,
            .signature = loaded.signature,
            .max_batch_size = scheduler_->rule().max_rows,
            .preferred_batch_sizes = loaded.options.preferred_batch_sizes,
            .max_queue_delay_us = loaded.options.max_queue_delay_us,
            .max_queue_size = static_cast<int64_t>(scheduler_->queue_bound()),
            .default_deadline_ms = loaded.options.default_deadline_ms,
            .instances = scheduler_->instances(),
            .threads = scheduler_->threads()};
  }

  ModelStatistics statistics() const override { return scheduler_->statistics(); }
  Status ready() const override { return scheduler_->ready(); }

  void infer(InferenceRequest request, Respond respond) override {
    const auto scheduler = scheduler_;  // an answer given in this call may let go of the model
    scheduler->infer(std::move(request), std::move(respond));
  }

  void hurry() override { scheduler_->hurry(); }
  void drain(std::chrono::milliseconds patience) override { scheduler_->drain(patience); }

 private:
  const std::shared_ptr<Scheduler> scheduler_;
};

}  // namespace

std::shared_ptr<Model> Model::start(LoadedModel loaded, std::shared_ptr<CpuBudget> budget) {
  auto scheduler = std::make_shared<Scheduler>(std::move(loaded), std::move(budget));
  scheduler->start();
  return std::make_shared<ScheduledModel>(std::move(scheduler));
}

}  // namespace headrace::serve
