// The temporary files and folders that this process has open, so that leaving at once (a second Ctrl-C) can still remove them.
#pragma once

#include <filesystem>

namespace headrace {

// Remembers a path from its creation until it has its final name or is gone. Thread-safe.
void remember_temporary(const std::filesystem::path& path);
void forget_temporary(const std::filesystem::path& path);

// Removes everything remembered. For a process about to end; not from a signal handler.
void remove_temporaries();

}  // namespace headrace
