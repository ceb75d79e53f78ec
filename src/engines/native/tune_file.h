// The remembered choices of tune.h: cache_folder()/kernels.txt, a line for each, "way key".
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engines/native/layers/conv_packing.h"

namespace headrace::native {

// Safe to use from several threads and processes; a file that cannot be read or written only costs the time to measure anew.
std::optional<ConvWay> remembered_way(const std::string& key);
void remember_ways(const std::map<std::string, ConvWay>& ways);

}  // namespace headrace::native
