// What the requests carry: tensors by the model's signature, random or out of a file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/preprocess.h"
#include "load/server_api.h"

namespace headrace::load {

struct InputOptions {
  std::map<std::string, Dims> shapes{};  // whole shapes of inputs by name, for their free extents
  int64_t batch = 0;             // rows of a request, for models whose first extent is free; 0: what the shapes say, else 1
  std::filesystem::path data{};  // a picture, a folder of them, .npy or .npz; empty: random values
  Preprocess preprocess{};       // of pictures
  uint64_t seed = 1;
};

// One request's tensors, in the signature's order.
using Request = std::vector<Tensor>;

struct Inputs {
  std::vector<Request> requests;  // different ones, which clients send in turn: at most 16, at most 64 MB together
  int64_t rows = 1;               // of each
  bool batched = false;           // whether the first extent of the outputs is this number of rows too
};

// "NAME:1,3,224,224". Errors: invalid_argument.
Result<std::pair<std::string, Dims>> parse_shape(std::string_view text);

// Errors: invalid_argument (a free extent without a shape, a shape or batch that does not fit: the flag is named); those of
// open_dataset().
Result<Inputs> make_inputs(const ModelInfo& model, const InputOptions& options);

}  // namespace headrace::load
