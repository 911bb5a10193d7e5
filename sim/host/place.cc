#include "sim/host/place.h"

#include <cxxabi.h>
#include <elf.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/base/file.h"
#include "sim/host/elf_image.h"

namespace gyre {
namespace {

std::string Demangled(std::string_view name) {
  const std::string text(name);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(
      abi::__cxa_demangle(text.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && plain != nullptr ? plain.get() : text;
}

// " name+0x1d" of the function that holds the place in the file; "" if none is known.
std::string SymbolText(const std::string& path, uint64_t place) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return "";
  const auto image = ElfImage::Parse({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()});
  if (!image.ok()) return "";
  std::string text;
  uint64_t nearest = 0;
  for (const uint32_t table : {SHT_SYMTAB, SHT_DYNSYM}) {
    image->VisitSymbols(table, [&](const ElfImage::Symbol& symbol) {
      uint64_t start = 0;
      if (symbol.type != STT_FUNC || !image->OffsetOf(symbol.address, start) || start > place) return;
      if (place >= start + symbol.size || (!text.empty() && start <= nearest)) return;
      nearest = start;
      text = absl::StrFormat(" %s+0x%x", Demangled(symbol.name), place - start);
    });
  }
  return text;
}

}  // namespace

std::string ThreadText(const Thread& thread) {
  const std::string name = StatusField(thread.process->pid, thread.tid, "Name");
  return absl::StrCat("thread ", thread.ordinal, name.empty() ? "" : absl::StrCat(" (", name, ")"));
}

std::string PlaceText(const Process& process, uint64_t address) {
  for (const Mapping& mapping : ReadMappings(process.pid)) {
    if (address < mapping.start || address >= mapping.end || !mapping.executable) continue;
    if (mapping.path.empty() || mapping.path[0] != '/') return mapping.path;
    const std::string file = absl::StrCat("/proc/", process.pid, "/root", mapping.path);
    return absl::StrCat(mapping.path.substr(mapping.path.rfind('/') + 1),
                        SymbolText(file, address - mapping.start + mapping.offset));
  }
  return "";
}

std::string WhereText(const Thread& thread) {
  std::string text = ThreadText(thread);
  const std::string place = PlaceText(*thread.process, thread.regs.rip);
  if (!place.empty()) absl::StrAppend(&text, " in ", place);
  // A function that makes a call by itself has no frame: the address of its caller is on top of the stack.
  uint64_t top = 0;
  if (!ReadValue(thread.process->pid, thread.regs.rsp, &top)) return text;
  const std::string caller = PlaceText(*thread.process, top);
  if (!caller.empty()) absl::StrAppend(&text, ", called from ", caller);
  return text;
}

}  // namespace gyre
