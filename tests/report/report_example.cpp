// report_example FOLDER: writes each example report as report.html's, for the browser tests and for looking at.
#include <cstdio>
#include <filesystem>

#include "base/atomic_file.h"
#include "report/example.h"

int main(int argc, char** argv) {
  using namespace headrace;
  if (argc != 2) return std::fputs("usage: report_example FOLDER\n", stderr), 2;
  const std::filesystem::path folder = argv[1];
  std::error_code ignored;  // a folder that could not be made shows when it is written to
  std::filesystem::create_directories(folder, ignored);
  const std::pair<const char*, DeployReport> pages[] = {{"example.html", testing::example_report()},
                                                        {"unlabelled.html", testing::unlabelled_report()},
                                                        {"hostile.html", testing::hostile_report()},
                                                        {"crowded.html", testing::crowded_report()},
                                                        {"empty.html", testing::empty_report()}};
  for (const auto& [name, report] : pages) {
    const Status written = write_file_atomically(folder / name, to_html(report));
    if (!written.ok()) return std::fprintf(stderr, "error: %s\n", written.error().describe().c_str()), 1;
  }
  return 0;
}
