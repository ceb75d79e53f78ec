// The JSON texts of a .pt2 archive as plain data. Keys that are not known are skipped: schema 8 may grow.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "readers/pt2/program.h"

namespace headrace::pt2 {

// `bytes` are the text; up to `readable` bytes (text included) may be read behind its start, which spares a copy where the text
// lies within a larger file. Errors: invalid_model for what is not JSON or not of the schema's form (with the byte offset);
// unsupported for another major version of the schema, nesting beyond 64 levels, and texts beyond 64 MB.
Result<Program> parse_program(std::span<const std::byte> bytes, size_t readable);
Result<Payloads> parse_payloads(std::span<const std::byte> bytes, size_t readable);

}  // namespace headrace::pt2
