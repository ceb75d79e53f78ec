#include "readers/pt2/archive.h"

#include "readers/pt2/parse.h"

namespace headrace::pt2 {
namespace {

constexpr std::string_view kFormat = "archive_format", kFlatProgram = "serialized_exported_program.json";
constexpr std::string_view kWeights = "data/weights/", kConstants = "data/constants/";

std::string_view text_of(const ZipArchive::Entry& entry) {
  return {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
}

Result<std::vector<int64_t>> constants_of(const Shape& dims) {
  const auto known = known_dims(dims);
  if (!known) return invalid_model("a stored tensor has sizes that are no numbers");
  return *known;
}

Result<StridedView> view_of(const TensorMeta& meta) {
  if (meta.dtype == DType::kUndefined)
    return unsupported("tensors of PyTorch's scalar type " + std::to_string(meta.scalar_type) + " (complex?) are not read");
  if (!meta.strided) return unsupported("sparse tensors are not read");
  StridedView view;
  view.dtype = meta.dtype;
  HEADRACE_TRY(view.sizes, constants_of(meta.sizes));
  HEADRACE_TRY(view.strides, constants_of(meta.strides));
  view.offset = meta.offset.extent;
  return view;
}

}  // namespace

Result<std::string_view> Archive::root() const {
  for (const ZipArchive::Entry& entry : zip_.entries()) {
    const size_t slash = entry.name.find('/');
    if (slash == std::string_view::npos) continue;
    if (entry.name.substr(slash + 1) == kFormat && text_of(entry) == "pt2") return entry.name.substr(0, slash + 1);
  }
  for (const ZipArchive::Entry& entry : zip_.entries()) {
    if (entry.name.ends_with("/data.pkl"))
      return unsupported(
          "this is a checkpoint or a TorchScript archive, and no exported program: export the module with torch.export");
  }
  return invalid_model("this zip archive is no exported program: it has no archive_format file that says pt2");
}

Result<Archive> Archive::open(std::shared_ptr<const MappedFile> file) {
  Archive archive;
  HEADRACE_TRY(archive.zip_, ZipArchive::open(std::move(file)));
  archive.flat_ = archive.zip_.find(kFlatProgram) != nullptr;
  HEADRACE_CHECK(archive.flat_ ? archive.open_flat() : archive.open_rooted());
  archive.budget_.bytes = archive.zip_.file()->bytes().size();
  return archive;
}

Status Archive::open_flat() {
  program_ = kFlatProgram;
  return Ok{};
}

Status Archive::open_rooted() {
  HEADRACE_TRY(root_, root());
  if (const auto* order = zip_.find(root_ + "byteorder"); order != nullptr && text_of(*order) != "little")
    return unsupported("its weights are in another byte order than little endian");
  const std::string folder = root_ + "models/";
  std::string model;
  for (const ZipArchive::Entry& entry : zip_.entries()) {
    if (!entry.name.starts_with(folder) || !entry.name.ends_with(".json")) continue;
    if (!model.empty()) return unsupported("the archive holds several models; save each by itself");
    model = std::string(entry.name.substr(folder.size(), entry.name.size() - folder.size() - 5));
  }
  if (model.empty()) return invalid_model("the archive has no models/*.json (it may hold compiled code alone)");
  program_ = "models/" + model + ".json";
  HEADRACE_CHECK(read_payloads(std::string(kWeights) + model + "_weights_config.json", weights_));
  return read_payloads(std::string(kConstants) + model + "_constants_config.json", constants_);
}

size_t Archive::readable(const ZipArchive::Entry& entry) const {
  const auto file = zip_.file()->bytes();
  return static_cast<size_t>(file.data() + file.size() - entry.bytes.data());
}

Result<const ZipArchive::Entry*> Archive::need(const std::string& name) const {
  const ZipArchive::Entry* entry = zip_.find(root_ + name);
  if (entry == nullptr) return invalid_model("the archive has no '" + name + "'");
  HEADRACE_CHECK(ZipArchive::check(*entry));
  return entry;
}

Status Archive::read_payloads(const std::string& name, Payloads& payloads) const {
  HEADRACE_TRY(const ZipArchive::Entry* entry, need(name));
  auto parsed = parse_payloads(entry->bytes, readable(*entry));
  if (!parsed.ok()) return std::move(parsed).error().at(name);
  payloads = *std::move(parsed);
  return Ok{};
}

Result<Program> Archive::program() const {
  HEADRACE_TRY(const ZipArchive::Entry* entry, need(program_));
  auto program = parse_program(entry->bytes, readable(*entry));
  if (!program.ok()) return std::move(program).error().at(program_);
  return program;
}

// Flat archives hold their weights as torch.save writes them: read as a checkpoint is, by an allow-list, and never run.
Result<Tensor> Archive::checkpointed(const std::string& file, std::optional<StateDict>& state, const std::string& name) {
  if (!state) {
    HEADRACE_TRY(const ZipArchive::Entry* entry, need(file));
    auto read = read_checkpoint(MappedFile::from_memory(entry->bytes, zip_.file()));
    if (!read.ok()) return std::move(read).error().at(file);
    state = *std::move(read);
  }
  const Tensor* tensor = state->find(name);
  const std::string& prefix = state->stripped_prefix;
  if (tensor == nullptr && !prefix.empty() && name.starts_with(prefix)) tensor = state->find(name.substr(prefix.size()));
  if (tensor == nullptr) return invalid_model("it has no tensor '" + name + "'").at(file);
  return *tensor;
}

Result<Tensor> Archive::weight(const std::string& name) {
  if (flat_) {
    auto tensor = checkpointed("serialized_state_dict.pt", state_dict_, name);
    if (tensor.ok()) return tensor;
    auto unsaved = constant(name);  // buffers that are no part of the state
    return unsaved.ok() ? std::move(unsaved) : std::move(tensor);
  }
  if (!weights_.contains(name) && constants_.contains(name)) return constant(name);  // buffers that are not saved
  return tensor(weights_, std::string(kWeights), name);
}

Result<Tensor> Archive::constant(const std::string& name) {
  if (flat_) return checkpointed("serialized_constants.pt", constant_dict_, name);
  return tensor(constants_, std::string(kConstants), name);
}

Result<Tensor> Archive::tensor(const Payloads& payloads, const std::string& folder, const std::string& name) {
  const auto found = payloads.find(name);
  if (found == payloads.end()) return invalid_model("the archive has no tensor '" + name + "'");
  const Payload& payload = found->second;
  const std::string where = "tensor '" + name + "'";
  if (payload.pickled)
    return unsupported("it is pickled (a subclass of Tensor, or an object), and pickles are never run").at(where);
  if (!payload.meta) return invalid_model("the archive does not say what it is").at(where);
  const ZipArchive::Entry* entry = zip_.find(root_ + folder + payload.path);
  if (entry == nullptr) return invalid_model("the archive has no '" + folder + payload.path + "'").at(where);
  if (!checked_.contains(entry)) {
    if (auto status = ZipArchive::check(*entry); !status.ok()) return std::move(status).error().at(where);
    checked_[entry] = true;
  }
  auto view = view_of(*payload.meta);
  if (!view.ok()) return std::move(view).error().at(where);
  auto tensor = materialize(*view, entry->bytes, zip_.file(), &budget_);
  if (!tensor.ok()) return std::move(tensor).error().at(where);
  return tensor;
}

}  // namespace headrace::pt2
