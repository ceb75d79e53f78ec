#include "kernels/dispatch.h"

#include <array>
#include <cstdlib>
#include <string>

#include "kernels/tables.h"

namespace headrace::kernels {

std::span<const KernelTable* const> kernel_tables() {
  static const std::array<const KernelTable*, 4> tables{&amx_table(), &avx512vnni_table(), &avx2_table(), &reference_table()};
  return tables;
}

namespace {

std::string choices() {
  std::string text;
  for (const KernelTable* table : kernel_tables())
    text += (text.empty() ? "" : ", ") + std::string(table->isa) + (table->supported() ? "" : " (not on this CPU)");
  return text;
}

}  // namespace

Result<const KernelTable*> find_kernels(std::string_view isa) {
  for (const KernelTable* table : kernel_tables()) {
    if (isa.empty() ? table->supported() : table->isa == isa) {
      if (!table->supported())
        return unsupported("this CPU cannot run the '" + std::string(isa) + "' kernels; the choices are: " + choices());
      return table;
    }
  }
  return invalid_argument("there are no kernels called '" + std::string(isa) + "'; the choices are: " + choices());
}

Result<const KernelTable*> select_kernels() {
  const char* forced = std::getenv("HEADRACE_ISA");
  auto found = find_kernels(forced ? forced : "");
  if (!found.ok() && forced) return std::move(found).error().at("HEADRACE_ISA");
  return found;
}

}  // namespace headrace::kernels
