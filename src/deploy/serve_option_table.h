// The parts of the option table that say how a bundle and a server serve.
#pragma once

#include <vector>

#include "deploy/recipe.h"

namespace headrace {

std::vector<Option> serve_options();   // [serve], of one model
std::vector<Option> server_options();  // [server], of one process

}  // namespace headrace
