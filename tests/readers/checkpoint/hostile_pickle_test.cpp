// Pickles that try to run something, to reach memory that is not theirs, or to use up the machine's: each is refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "readers/checkpoint/state_dict.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using namespace std::string_literals;
using testing::file_of;
using testing::floats;
using testing::PickleWriter;
using testing::zip_checkpoint;

Result<StateDict> read_pickle(const std::string& pickle, const testing::Storages& storages = {{"0", floats(2)}}) {
  return read_checkpoint(file_of(zip_checkpoint(pickle, storages)));
}
Result<StateDict> read(const PickleWriter& writer) { return read_pickle(writer.finish()); }

// {"w": tensor, "x": ...}, to be ended by op("u").
PickleWriter beside_weights() { return PickleWriter().op("}(").string("w").tensor("0", 2, {2}).string("x"); }

TEST(HostilePickle, TheWriterWritesWhatIsRead) {
  const auto state = read_pickle(testing::plain_pickle());
  ASSERT_OK(state);
  ASSERT_NE(state->find("w"), nullptr);
  EXPECT_EQ(state->find("w")->as<float>()[1], 1.0f);
  ASSERT_OK(read(beside_weights().op("Nu")));
}

struct Name {
  const char* module;
  const char* name;
};

TEST(HostilePickle, NamesThatRunCodeAreRefusedAsAttacks) {
  for (const Name& name : std::initializer_list<Name>{{"os", "system"},
                                                      {"posix", "system"},
                                                      {"nt", "system"},
                                                      {"subprocess", "Popen"},
                                                      {"builtins", "eval"},
                                                      {"builtins", "exec"},
                                                      {"builtins", "getattr"},
                                                      {"builtins", "__import__"},
                                                      {"__builtin__", "eval"},
                                                      {"importlib", "import_module"},
                                                      {"os.path", "join"},
                                                      {"io", "open"},
                                                      {"shutil", "rmtree"},
                                                      {"pickle", "loads"},
                                                      {"operator", "attrgetter"},
                                                      {"functools", "partial"},
                                                      {"types", "CodeType"},
                                                      {"runpy", "run_path"},
                                                      {"webbrowser", "open"}}) {
    const std::string module = std::string(name.module) == "__builtin__" ? "builtins" : name.module;
    const auto state = read(PickleWriter().global(name.module, name.name).string("touch /tmp/headrace-was-here").op("\x85R"));
    EXPECT_ERROR(state, "(GLOBAL): the pickle names '" + module + "." + name.name + "', which has no place among weights");
    EXPECT_EQ(state.error().code, ErrorCode::kInvalidModel);
    EXPECT_ERROR(read(beside_weights().string(name.module).string(name.name).op("\x93)Ru")), "(STACK_GLOBAL): the pickle names");
  }
  EXPECT_FALSE(std::ifstream("/tmp/headrace-was-here").good());
}

TEST(HostilePickle, ModulesAndForeignClassesAreRefusedWithAWayOut) {
  for (const Name& name : std::initializer_list<Name>{{"torchvision.models.resnet", "ResNet"},
                                                      {"torch.nn.modules.linear", "Linear"},
                                                      {"ultralytics.nn.tasks", "DetectionModel"},
                                                      {"torch.hub", "load"},
                                                      {"torch", "load"},
                                                      {"__main__", "Net"}}) {
    const auto state = read(PickleWriter().global(name.module, name.name).op(")\x81}b"));
    EXPECT_ERROR(
        state, "the pickle holds '"s + name.module + "." + name.name + "', and not weights alone: loading it would execute code");
    EXPECT_ERROR(state, "python -m headrace import FILE --trust");
    EXPECT_EQ(state.error().code, ErrorCode::kUnsupported);
  }
  EXPECT_ERROR(read(PickleWriter().op("(").string("module").op("NNNtQ")), "a module with its source code");
}

TEST(HostilePickle, NamesThatResembleAllowedOnesAreNotAllowed) {
  EXPECT_ERROR(read(PickleWriter().global("collections", "OrderedDict.fromkeys")), "'collections.OrderedDict.fromkeys'");
  EXPECT_ERROR(read(PickleWriter().global("torch._utils", "_rebuild_tensor_v2 ")), "'torch._utils._rebuild_tensor_v2 '");
  EXPECT_ERROR(read(PickleWriter().global("torch._utils._rebuild_tensor_v2", "__globals__")), "__globals__'");
  EXPECT_ERROR(read(PickleWriter().global("torch.storage", "_load_from_bytes")), "tensors written by pickle.dump");
  EXPECT_ERROR(read(PickleWriter().global("\x1b[2J", "x")), "'\\x1b[2J.x'");
}

TEST(HostilePickle, AllowedNamesCannotBeTurnedToOtherUses) {
  const auto call = [](const char* module, const char* name, std::string_view arguments) {
    return read(PickleWriter().global(module, name).op(arguments).op("R"));
  };
  EXPECT_ERROR(call("torch", "FloatStorage", ")"), "'torch.FloatStorage' is called, and weights have no use for that");
  EXPECT_ERROR(call("torch", "float32", ")"), "'torch.float32' is called");
  EXPECT_ERROR(call("torch.nn.parameter", "Parameter", ")"), "'torch.nn.parameter.Parameter' is called");
  EXPECT_ERROR(call("torch._utils", "_rebuild_tensor_v2", ")"),
               "the arguments of torch._utils._rebuild_tensor_v2 are wrong: there are 0");
  EXPECT_ERROR(call("torch._utils", "_rebuild_tensor_v2", "(NK\x01))t"), "None stands for the storage");
  EXPECT_ERROR(call("torch._utils", "_rebuild_parameter", "(Nt"), "_rebuild_parameter are wrong: the first is no tensor");
  EXPECT_ERROR(call("torch._utils", "_rebuild_tensor_v2", "]"), "arguments are a list, not a tuple");
  EXPECT_ERROR(call("torch", "Size", "(K\x01t"), "the arguments of torch.Size are wrong");
  EXPECT_ERROR(call("collections", "OrderedDict",
                    "(](K\x01K\x02"
                    "etR"),
               "an item is no pair");
  EXPECT_ERROR(read(PickleWriter().string("os.system").op(")R")), "a string is called as a function");
  EXPECT_ERROR(read(PickleWriter().op("})R")), "a dict is called as a function");
}

TEST(HostilePickle, RebuildFromTypeCallsOnlyWhatRebuildsTensors) {
  const auto rebuild = [](const char* module, const char* name, const char* type) {
    return read(PickleWriter()
                    .global("torch._tensor", "_rebuild_from_type_v2")
                    .op("(")
                    .global(module, name)
                    .global("torch", type)
                    .op(")NtR"));
  };
  EXPECT_ERROR(rebuild("torch._tensor", "_rebuild_from_type_v2", "Tensor"), "the first rebuilds no tensor");
  EXPECT_ERROR(rebuild("builtins", "set", "Tensor"), "the first rebuilds no tensor");
  EXPECT_ERROR(rebuild("torch._utils", "_rebuild_tensor_v2", "float32"), "the second is no type of tensors");
  EXPECT_ERROR(rebuild("torch._utils", "_rebuild_tensor_v2", "Tensor"), "there are 0");
}

TEST(HostilePickle, StateAndItemsAreSetOnDataOnly) {
  EXPECT_ERROR(read(PickleWriter().tensor("0", 2, {2}).op("}b")), "the state of a tensor is set");
  EXPECT_ERROR(read(PickleWriter().global("torch._utils", "_rebuild_tensor_v2").op("}b")),
               "the state of a function or class is set");
  EXPECT_ERROR(read(PickleWriter().op("]}b")), "the state of a list is set");
  EXPECT_ERROR(read(PickleWriter().tensor("0", 2, {2}).op("Na")), "items are added to a tensor");
  EXPECT_ERROR(read(PickleWriter().op(")Na")), "items are added to a tuple");
  EXPECT_ERROR(read(PickleWriter().op("]NNs")), "items are added to a list");
  EXPECT_ERROR(read(PickleWriter().op("}(Nu")), "a dict's key has no value");
}

TEST(HostilePickle, OldWaysOfMakingObjectsAreRefused) {
  EXPECT_ERROR(read(PickleWriter().op("(ios\nsystem\n")), "(INST): the pickle makes an object in the way of protocol 0");
  EXPECT_ERROR(read(PickleWriter().op("(cos\nsystem\no")), "'os.system'");
  EXPECT_ERROR(read(PickleWriter().op("(Noo")), "(OBJ): the pickle makes an object");
  EXPECT_ERROR(read(PickleWriter().op("\x82\x01")), "(EXT1): the pickle uses the registry of extensions");
  EXPECT_ERROR(read(PickleWriter().op("\x83\x01\x01")), "(EXT2)");
  EXPECT_ERROR(read(PickleWriter().op("\x84\x01\x01\x01\x01")), "(EXT4)");
  EXPECT_ERROR(read(PickleWriter().op("P0\n")), "(PERSID): this is the text form of pickle");
  EXPECT_ERROR(read(PickleWriter().op("I1\n")), "(INT): this is the text form of pickle");
  EXPECT_ERROR(read(PickleWriter().op("\x97")), "(NEXT_BUFFER): the pickle refers to buffers outside");
  EXPECT_ERROR(read(PickleWriter().op("\xff")), "(no opcode): there is no such opcode");
  EXPECT_ERROR(read(PickleWriter().op("\x80\x06")), "this is pickle protocol 6");
}

TEST(HostilePickle, TheStackCannotBeEmptied) {
  for (const char* pops : {"0", "2", "R", "Q", "\x81", "\x92", "b", "\x93", "a", "s", "\x85", "\x86", "\x87", "q\x01", "\x94"})
    EXPECT_ERROR(read(PickleWriter().op(pops)), "the stack holds too few values");
  for (const char* unmarked : {"1", "t", "e", "u", "\x90", "\x91"})
    EXPECT_ERROR(read(PickleWriter().op(unmarked)), "no mark was set");
  for (const char* bare : {"(e", "(u", "N(0", "N(b"})
    EXPECT_ERROR(read(PickleWriter().op(bare)), "the stack holds too few values");
  EXPECT_ERROR(read(PickleWriter().op("NN")), "the pickle ends with 2 values instead of one");
  EXPECT_ERROR(read(PickleWriter()), "the pickle ends with 0 values instead of one");
  EXPECT_ERROR(read(PickleWriter().op("(N")), "instead of one");
}

TEST(HostilePickle, WhatWasNeverRememberedCannotBeFetched) {
  EXPECT_ERROR(read(PickleWriter().op("h\x07")), "(BINGET): nothing is remembered as 7");
  EXPECT_ERROR(read(PickleWriter().op("Nq\x09h\x08")), "nothing is remembered as 8");
  EXPECT_ERROR(read(PickleWriter().op("j\xff\xff\xff\xff")), "nothing is remembered as 4294967295");
}

TEST(HostilePickle, AMemoFarAwayIsNotAllocated) {
  EXPECT_ERROR(read(PickleWriter().op("Nr\xff\xff\xff\xff")), "(LONG_BINPUT): the pickle asks for more memory");
}

TEST(HostilePickle, LengthsBeyondTheFileAreNotBelieved) {
  EXPECT_ERROR(read(PickleWriter().op("X\xff\xff\xff\x7f")),
               "(BINUNICODE): the pickle is cut off: 2147483647 bytes should follow, and 1 are there");
  EXPECT_ERROR(read(PickleWriter().op("\x8d\xff\xff\xff\xff\xff\xff\xff\xff")), "18446744073709551615 bytes should follow");
  EXPECT_ERROR(read(PickleWriter().op("\x8e\xff\xff\xff\xff\xff\xff\xff\x7f")), "(BINBYTES8): the pickle is cut off");
  EXPECT_ERROR(read(PickleWriter().op("\x96\xff\xff\xff\xff\xff\xff\xff\x7f")), "(BYTEARRAY8): the pickle is cut off");
  EXPECT_ERROR(read(PickleWriter().op("\x8b\xff\xff\xff\xff")), "(LONG4): the pickle is cut off");
  EXPECT_ERROR(read(PickleWriter().op("\x95\xff\xff\xff\xff\xff\xff\xff\xff")), "(FRAME): the pickle is cut off");
  EXPECT_ERROR(read(PickleWriter().op("cos")), "(GLOBAL): the pickle is cut off: a line does not end");
}

TEST(HostilePickle, ABillionLaughsIsAListOfReferences) {
  PickleWriter laughs = beside_weights();
  laughs.op("(").string("lol").op(
      "222222222tq\x01"
      "0");
  for (char level = 2; level < 100; ++level) {  // each tuple holds the one before ten times: 10^99 in all
    const char before = static_cast<char>(level - 1);
    laughs.op("(h"s + before + "222222222tq" + level + "0");
  }
  ASSERT_OK(read(laughs.op("h\x63u")));
}

TEST(HostilePickle, CyclesDoNoHarm) {
  ASSERT_OK(
      read(beside_weights().op("]q\x01h\x01"
                               "au")));
  // {"model": itself}
  EXPECT_ERROR(read(PickleWriter().op("}q\x01").string("model").op("h\x01s")), "the checkpoint holds no tensors by name");
}

TEST(HostilePickle, DeepNestingIsRefused) {
  EXPECT_ERROR(read(PickleWriter().op(std::string(100'000, '('))), "nested more than 1000 levels deep");
  EXPECT_ERROR(read(PickleWriter().op(std::string(300'000, ']'))), "more than 262144 values are open at once");
  EXPECT_ERROR(read(PickleWriter().op(std::string(300'000, 'N'))), "more than 262144 values are open at once");
  const std::string deep = "N" + std::string(300'000, '\x85');  // a tuple in a tuple in a tuple: no stack, and nothing recurses
  ASSERT_OK(read(beside_weights().op(deep).op("u")));
}

TEST(HostilePickle, DuplicatesOfLargeArgumentsAreBounded) {
  PickleWriter writer = beside_weights();
  writer.op("](");
  for (int i = 0; i < 1000; ++i) writer.op("NN\x86");
  writer.op(
      "e\x85q\x01"
      "0");  // ([(None, None), ...],)
  for (int i = 0; i < 100'000; ++i) writer.op("ccollections\nOrderedDict\nh\x01R0");
  EXPECT_ERROR(read(writer.op("Nu")), "(REDUCE): the pickle asks for more memory than the file's size justifies");
}

TEST(HostilePickle, ATensorNamedTwiceIsRefused) {
  const auto twice = PickleWriter().op("}(").string("w").tensor("0", 2, {2}).string("w").tensor("0", 2, {2}).op("u");
  EXPECT_ERROR(read(twice), "the tensor 'w' is there twice");
}

TEST(HostilePickle, NoPrefixIsReadAndNoChangedByteHarms) {
  const std::string pickle = testing::plain_pickle();
  for (size_t size = 0; size < pickle.size(); ++size) EXPECT_FALSE(read_pickle(pickle.substr(0, size)).ok()) << size;
  for (size_t i = 0; i < pickle.size(); ++i) {
    for (int value = 0; value < 256; value += 5) {
      std::string changed = pickle;
      changed[i] = static_cast<char>(value);
      const auto state = read_pickle(changed);
      if (state.ok()) continue;
      EXPECT_FALSE(state.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace headrace
