#include "readers/checkpoint/pickle/opcode.h"

#include <array>

namespace headrace {

struct PickleOpcodes {
  using I = PickleInterpreter;
  struct Row {
    unsigned char code;
    PickleOpcode opcode;
  };

  static constexpr Row kData[] = {
      {0x80, {"PROTO", &I::protocol}},
      {0x95, {"FRAME", &I::frame}},
      {'(', {"MARK", &I::mark}},
      {'.', {"STOP", &I::stop}},
      {'0', {"POP", &I::drop}},
      {'1', {"POP_MARK", &I::drop_to_mark}},
      {'2', {"DUP", &I::duplicate}},
      {'N', {"NONE", &I::none}},
      {0x88, {"NEWTRUE", &I::yes}},
      {0x89, {"NEWFALSE", &I::no}},
      {'K', {"BININT1", &I::byte_int}},
      {'M', {"BININT2", &I::short_int}},
      {'J', {"BININT", &I::int32}},
      {'G', {"BINFLOAT", &I::float64}},
      {0x8a, {"LONG1", &I::long1}},
      {0x8b, {"LONG4", &I::long4}},
      {'U', {"SHORT_BINSTRING", &I::string<uint8_t>}},
      {'T', {"BINSTRING", &I::string<uint32_t>}},
      {0x8c, {"SHORT_BINUNICODE", &I::string<uint8_t>}},
      {'X', {"BINUNICODE", &I::string<uint32_t>}},
      {0x8d, {"BINUNICODE8", &I::string<uint64_t>}},
      {'C', {"SHORT_BINBYTES", &I::string<uint8_t>}},
      {'B', {"BINBYTES", &I::string<uint32_t>}},
      {0x8e, {"BINBYTES8", &I::string<uint64_t>}},
      {0x96, {"BYTEARRAY8", &I::byte_array}},
  };

  static constexpr Row kContainers[] = {
      {')', {"EMPTY_TUPLE", &I::empty_tuple}},
      {'t', {"TUPLE", &I::tuple_of_marked}},
      {0x85, {"TUPLE1", &I::tuple_of<1>}},
      {0x86, {"TUPLE2", &I::tuple_of<2>}},
      {0x87, {"TUPLE3", &I::tuple_of<3>}},
      {']', {"EMPTY_LIST", &I::empty_container<PickleKind::kList>}},
      {'a', {"APPEND", &I::append}},
      {'e', {"APPENDS", &I::append_marked}},
      {'}', {"EMPTY_DICT", &I::empty_container<PickleKind::kDict>}},
      {'s', {"SETITEM", &I::set_item}},
      {'u', {"SETITEMS", &I::set_marked_items}},
      {0x8f, {"EMPTY_SET", &I::empty_set}},
      {0x90, {"ADDITEMS", &I::add_marked_to_set}},
      {0x91, {"FROZENSET", &I::frozen_set}},
      {'q', {"BINPUT", &I::put<uint8_t>}},
      {'r', {"LONG_BINPUT", &I::put<uint32_t>}},
      {0x94, {"MEMOIZE", &I::memoize}},
      {'h', {"BINGET", &I::get<uint8_t>}},
      {'j', {"LONG_BINGET", &I::get<uint32_t>}},
  };

  static constexpr Row kCalls[] = {
      {'c', {"GLOBAL", &I::global}},
      {0x93, {"STACK_GLOBAL", &I::stack_global}},
      {'Q', {"BINPERSID", &I::persistent_id}},
      {'R', {"REDUCE", &I::reduce}},
      {0x81, {"NEWOBJ", &I::new_object}},
      {0x92, {"NEWOBJ_EX", &I::new_object_with_keywords}},
      {'b', {"BUILD", &I::build}},
      {0x82, {"EXT1", &I::refuse_extension}},
      {0x83, {"EXT2", &I::refuse_extension}},
      {0x84, {"EXT4", &I::refuse_extension}},
      {'i', {"INST", &I::refuse_instance}},
      {'o', {"OBJ", &I::refuse_instance}},
      {0x97, {"NEXT_BUFFER", &I::refuse_buffer}},
      {0x98, {"READONLY_BUFFER", &I::refuse_buffer}},
      {'F', {"FLOAT", &I::refuse_text}},
      {'I', {"INT", &I::refuse_text}},
      {'L', {"LONG", &I::refuse_text}},
      {'S', {"STRING", &I::refuse_text}},
      {'V', {"UNICODE", &I::refuse_text}},
      {'P', {"PERSID", &I::refuse_text}},
      {'d', {"DICT", &I::refuse_text}},
      {'l', {"LIST", &I::refuse_text}},
      {'g', {"GET", &I::refuse_text}},
      {'p', {"PUT", &I::refuse_text}},
  };

  static constexpr std::array<PickleOpcode, 256> table() {
    std::array<PickleOpcode, 256> table{};
    for (PickleOpcode& opcode : table) opcode = {"no opcode", &I::refuse_unknown};
    for (const Row& row : kData) table[row.code] = row.opcode;
    for (const Row& row : kContainers) table[row.code] = row.opcode;
    for (const Row& row : kCalls) table[row.code] = row.opcode;
    return table;
  }
};

const PickleOpcode& opcode_of(std::byte code) {
  static constexpr std::array<PickleOpcode, 256> kTable = PickleOpcodes::table();
  return kTable[std::to_integer<size_t>(code)];
}

}  // namespace headrace
