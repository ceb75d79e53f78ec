// The worker's side of bench(): loads one model, then runs it when told to and sleeps in between.
#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/parallel.h"
#include "engines/engine.h"
#include "measure/bench.h"
#include "measure/client_loop.h"
#include "measure/random_inputs.h"
#include "measure/worker_protocol.h"

namespace headrace {
namespace {

constexpr size_t kComparedValues = 4096;  // per output

// The largest resident size of this process so far.
uint64_t peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (uint64_t kibibytes = 0; word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  return 0;
}

bool is_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

Result<OutputSummary> summarize_output(const std::string& name, const Tensor& tensor) {
  OutputSummary summary{name, tensor.dims(), 0, {}};
  if (!is_float(tensor.dtype())) return summary;
  HEADRACE_TRY(const std::vector<float> values, to_float_vector(tensor));
  for (const float value : values) summary.bad += std::isfinite(value) ? 0 : 1;
  const size_t kept = summary.bad > 0 ? 0 : std::min(values.size(), kComparedValues);
  for (size_t i = 0; i < kept; ++i) summary.values.push_back(values[i * values.size() / kept]);
  return summary;
}

// As many clients of a session as CPUs can serve at once.
int streams_for(const BenchCase& point) {
  const int callers = (point.clients + point.sessions - 1) / point.sessions;
  const int at_once = point.threads == 0 ? 1 : available_cpus() / (point.threads * point.sessions);
  return std::clamp(callers, 1, std::max(at_once, 1));
}

class Worker {
 public:
  Result<std::string> answer(const Command& command) {
    if (command.kind == Command::Kind::kLoad) return load(command.point);
    if (sessions_.empty()) return internal_error("the benchmark's worker has not loaded a model yet");
    return command.kind == Command::Kind::kCheck ? check() : window(command);
  }

 private:
  Result<std::string> load(const BenchCase& point) {
    HEADRACE_TRY(const Engine* engine, find_engine(point.engine));
    HEADRACE_CHECK(engine->available());
    SessionOptions options;
    options.threads = point.threads;
    options.spinning = point.spinning;
    options.streams = streams_for(point);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < point.sessions; ++i) {
      HEADRACE_TRY(auto session, engine->load(point.model, options));
      sessions_.push_back(std::move(session));
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    HEADRACE_TRY(inputs_, random_inputs(sessions_.front()->signature(), point.batch));
    return encode(LoadAnswer{engine->exact(), isa_name(cpu_info()), engine->version(), took.count()});
  }

  Result<std::string> check() {
    std::vector<Tensor> outputs;
    HEADRACE_CHECK(sessions_.front()->run(inputs_, outputs));
    CheckAnswer answer;
    for (size_t i = 0; i < outputs.size(); ++i) {
      HEADRACE_TRY(OutputSummary summary, summarize_output(sessions_.front()->signature().outputs[i].name, outputs[i]));
      answer.push_back(std::move(summary));
    }
    return encode(answer);
  }

  Result<std::string> window(const Command& command) {
    HEADRACE_TRY(Window window, run_window(sessions_, inputs_, command.clients, command.seconds));
    return encode(WindowAnswer{std::move(window), peak_rss_bytes()});
  }

  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Tensor> inputs_;
};

// The answer to one line: exceptions (out of memory, no more threads) become errors as well.
std::string answer_line(Worker& worker, const Result<Command>& command) {
  try {
    auto answer = command ? worker.answer(*command) : command.error();
    return answer ? *answer : encode(answer.error());
  } catch (const std::exception& problem) {
    return encode(unavailable(std::string("out of memory or threads: ") + problem.what()));
  }
}

}  // namespace

int bench_worker(int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a worker that hangs must not outlive its parent
  Worker worker;
  LineReader reader(in);
  for (std::string line; reader.next(line) == LineReader::Outcome::kLine;) {
    const auto command = parse_command(line);
    if (command && command->kind == Command::Kind::kQuit) return 0;
    if (!write_line(out, answer_line(worker, command))) return 1;
  }
  return 0;
}

}  // namespace headrace
