#include "readers/archs/architecture.h"

#include <algorithm>

#include "readers/archs/families.h"

namespace headrace {
namespace {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {resnet_family(), mobilenet_v2_family(), efficientnet_lite_family()};
  return all;
}

// "a, b, c", cut where it becomes unreadable.
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kMost = 200;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > kMost ? text + ", and " + std::to_string(names.size() - kMost) + " more" : text;
}

struct Nearest {
  const Member* member = nullptr;
  Mismatch mismatch;
};

Error unknown(const Nearest& nearest) {
  std::string text = "the weights belong to no network that is known without its graph:";
  for (const Family& family : families()) text += " " + family.name + " (" + family.members + ");";
  const Mismatch& mismatch = nearest.mismatch;
  if (nearest.member != nullptr && mismatch.matched >= mismatch.missing.size()) {
    text += " the nearest is " + nearest.member->name + ", but";
    if (!mismatch.missing.empty()) text += " missing: " + listed(mismatch.missing) + ";";
    if (!mismatch.extra.empty()) text += " left over: " + listed(mismatch.extra) + ";";
    if (!mismatch.different.empty()) text += " of another shape: " + listed(mismatch.different) + ";";
  }
  return unsupported(text +
                     " export the model once (headrace.export, or torch.export.save) and give its graph with these weights");
}

}  // namespace

int64_t divisible_by_8(double channels) {
  const int64_t rounded = std::max<int64_t>(8, static_cast<int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * channels ? rounded + 8 : rounded;
}

Result<Model> build_architecture(const StateDict& state, Architecture* recognised) {
  const Parameters parameters(state);
  Nearest nearest;
  for (const Family& family : families()) {
    for (const Member& member : family.list) {
      const int64_t classes = parameters.extent(member.classifier + ".weight", 0, 1000);
      const int64_t channels = parameters.extent(member.stem + ".weight", 1, 3);
      Network network(parameters, channels, member.resolution);
      member.write(network, classes, channels);
      Mismatch mismatch = network.mismatch();
      if (mismatch.count() == 0) {
        if (recognised != nullptr) *recognised = {family.name, member.name, classes, member.resolution};
        return network.finish(member.name);
      }
      if (nearest.member == nullptr || mismatch.count() < nearest.mismatch.count()) nearest = {&member, std::move(mismatch)};
    }
  }
  return unknown(nearest);
}

}  // namespace headrace
