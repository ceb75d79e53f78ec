// Shared libraries opened at run time, and where the program's own files lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

// A library that stays open until the process ends: engines run threads of their own, which must not lose their code.
class SharedLibrary {
 public:
  // Opens the first of `candidates` that is there. Errors: unavailable, with a line for each place and why it failed.
  static Result<SharedLibrary> open(const std::vector<std::filesystem::path>& candidates);

  // The address of a function; nullptr when the library has none of that name.
  void* symbol(const char* name) const;
  // The candidate that was opened.
  const std::filesystem::path& path() const { return path_; }

 private:
  SharedLibrary(void* handle, std::filesystem::path path) : handle_(handle), path_(std::move(path)) {}
  void* handle_;
  std::filesystem::path path_;
};

// `name` in the folders where our own libraries may lie: beside the file that holds this code (the program, or the Python
// module), and in ../lib from there; the same for the program.
std::vector<std::filesystem::path> own_library_paths(const std::string& name);

}  // namespace headrace
