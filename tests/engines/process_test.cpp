// What only another process can show: engines that are missing, and CPU features that are hidden.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "base/cpu.h"
#include "engines/models.h"
#include "engines/ort/ort_engine.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Finished {
  int status = -1;
  std::string output;  // and errors
};

Finished run_program(const std::string& environment, const std::string& command) {
  Finished finished;
  FILE* pipe = popen(("env " + environment + " " + command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) finished.output.append(buffer.data(), got);
  const int status = pclose(pipe);
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return finished;
}

Finished run_probe(const std::string& environment, const std::string& arguments) {
  return run_program(environment, HEADRACE_PROBE " " + arguments);
}

TEST(MissingEngine, SaysWhereItLookedAndHowToGetIt) {
  const Finished ort = run_probe("HEADRACE_ORT_LIBRARY=/nowhere/libonnxruntime.so", "ort");
  EXPECT_EQ(ort.status, 1);
  EXPECT_THAT(ort.output, AllOf(StartsWith("error: "), HasSubstr("/nowhere/libonnxruntime.so: not there"),
                                HasSubstr("./run setup"), HasSubstr("HEADRACE_ORT_LIBRARY")));
  const Finished openvino = run_probe("HEADRACE_OPENVINO_MODULE=/nowhere/module.so", "openvino");
  EXPECT_EQ(openvino.status, 1);
  EXPECT_THAT(openvino.output, AllOf(StartsWith("error: "), HasSubstr("OpenVINO"), HasSubstr("./run setup")));
}

TEST(MissingEngine, RefusesALibraryThatIsSomethingElse) {
  EXPECT_THAT(run_probe("HEADRACE_ORT_LIBRARY=" HEADRACE_HIDE_ISA_LIBRARY, "ort").output, HasSubstr("is not ONNX Runtime"));
  EXPECT_THAT(run_probe("HEADRACE_ORT_LIBRARY=" HEADRACE_PROBE, "ort").output, StartsWith("error: ONNX Runtime is not there"));
}

TEST(MissingEngine, NamesBothVersionsOfALibraryThatIsTooOld) {
  const Finished finished = run_probe("HEADRACE_ORT_LIBRARY=" HEADRACE_OLD_ORT, "ort");
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.output, AllOf(HasSubstr("1.17.3"), HasSubstr("too old: 1.23 or newer is needed")));
}

class HiddenIsa : public ::testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "not run: the sanitizers' own signal handlers are in the way";
#endif
    if (!ort_engine().available()) GTEST_SKIP() << "not run: no ONNX Runtime";
    write_file(model(), bytes_of(saturating_model()));
  }
  std::filesystem::path model() const { return folder_ / "model.onnx"; }
  Finished run(const std::string& environment, const std::string& engine) const {
    return run_probe(environment, engine + " " + model().string());
  }
  // Whether hiding is refused here; it says so by status 3.
  static bool refused(const Finished& finished) { return finished.status == 3; }
  static std::string hide(const std::string& what) {
    return "HEADRACE_HIDE_ISA=" + what + " LD_PRELOAD=" HEADRACE_HIDE_ISA_LIBRARY;
  }
  // What comes after the line that names the ISA.
  static std::string values(const Finished& finished) { return finished.output.substr(finished.output.find('\n') + 1); }

  TemporaryFolder folder_;
};

#define SKIP_IF_REFUSED(finished) \
  if (refused(finished)) GTEST_SKIP() << "not run: " << (finished).output

TEST_F(HiddenIsa, MakesTheUsualKernelsSaturateAndLeavesTheExactOnesExact) {
  const Finished usual = run(hide("avx512"), "ort");
  SKIP_IF_REFUSED(usual);
  const Finished exact = run(hide("avx512"), "ort-exact");
  ASSERT_EQ(usual.status, 0) << usual.output;
  ASSERT_EQ(exact.status, 0) << exact.output;
  EXPECT_THAT(usual.output, StartsWith("avx2\n"));
  EXPECT_NE(values(usual), values(exact));
  // 16 * 9 * 255 * 127 / 24000 rounds to 194, times 24000.
  EXPECT_THAT(values(exact), StartsWith("0x1.1c2ep+22 "));
}

TEST_F(HiddenIsa, WithoutHidingAVnniCpuIsExactWithEveryKernel) {
  if (int8_kernels_saturate(cpu_info())) GTEST_SKIP() << "not run: this CPU has no VNNI";
  const Finished usual = run("", "ort"), exact = run("", "ort-exact");
  ASSERT_EQ(usual.status, 0) << usual.output;
  EXPECT_EQ(usual.output, exact.output);
}

TEST_F(HiddenIsa, CanHideVnniAlone) {
  const Finished finished = run(hide("vnni"), "ort");
  SKIP_IF_REFUSED(finished);
  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_THAT(finished.output, Not(HasSubstr("vnni")));
  EXPECT_NE(values(finished), values(run(hide("vnni"), "ort-exact")));
}

TEST_F(HiddenIsa, CanHideAmxAlone) {
  if (!cpu_info().amx_int8) GTEST_SKIP() << "not run: this CPU has no AMX";
  const Finished finished = run(hide("amx"), "ort");
  SKIP_IF_REFUSED(finished);
  EXPECT_THAT(finished.output, StartsWith("avx512-vnni\n"));
  EXPECT_EQ(values(finished), values(run("", "ort-exact")));
}

TEST_F(HiddenIsa, MakesOpenVinoSaturateToo) {
  if (!find_engine("openvino")) GTEST_SKIP() << "not run: no OpenVINO";
  const Finished finished = run(hide("avx512"), "openvino");
  SKIP_IF_REFUSED(finished);
  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_THAT(finished.output, StartsWith("avx2\n"));
  if (int8_kernels_saturate(cpu_info())) return;  // nothing to compare with
  EXPECT_NE(values(finished), values(run("", "openvino")));
}

TEST_F(HiddenIsa, SurvivesHandlersAndMasksOfTheProgramAndReachesItsThreads) {
  const Finished finished = run_program(hide("avx512"), HEADRACE_FAULT_PROBE);
  SKIP_IF_REFUSED(finished);
  EXPECT_EQ(finished.output, "blocked=0 handled=0 caught thread=0 restored\n");
}

TEST_F(HiddenIsa, DoesNothingUnlessAsked) {
  const Finished plain = run_program("", HEADRACE_FAULT_PROBE);
  EXPECT_EQ(run_program("LD_PRELOAD=" HEADRACE_HIDE_ISA_LIBRARY, HEADRACE_FAULT_PROBE).output, plain.output);
}

TEST_F(HiddenIsa, RefusesAWordItDoesNotKnow) {
  const Finished finished = run(hide("sse"), "ort");
  EXPECT_EQ(finished.status, 3);
  EXPECT_THAT(finished.output, HasSubstr("must be avx512, vnni or amx"));
}

}  // namespace
}  // namespace headrace
