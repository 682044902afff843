#include "src/compile/build_id.h"

#include <elf.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

namespace jitgemm::compile {
namespace {

constexpr size_t kMaxNoteBytes = 1 << 16;  // of a section; real ones have fewer than 100
constexpr std::string_view kOwner("GNU\0", 4);

// Reads `count` values of T at `offset`. Empty when the file is too short.
template <typename T>
std::vector<T> read(std::ifstream& file, uint64_t offset, size_t count) {
  std::vector<T> values(count);
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(T)));
  if (!file) values.clear();
  return values;
}

std::string hexadecimal(std::string_view bytes) {
  const std::vector<unsigned char> values(bytes.begin(), bytes.end());
  return fmt::format("{:02x}", fmt::join(values, ""));
}

// The build id in a section of notes, or an empty string. A note is {name size, description size,
// type}, name, description; name and description are padded.
std::string build_id_in(std::string_view notes, size_t padding) {
  const auto padded = [padding](size_t size) { return (size + padding - 1) / padding * padding; };
  Elf64_Nhdr note;
  while (notes.size() >= sizeof(note)) {
    std::memcpy(&note, notes.data(), sizeof(note));
    const size_t description = padded(sizeof(note) + note.n_namesz);
    const size_t end = description + note.n_descsz;
    if (end > notes.size()) break;
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(sizeof(note), note.n_namesz) == kOwner)
      return hexadecimal(notes.substr(description, note.n_descsz));
    notes.remove_prefix(std::min(padded(end), notes.size()));
  }
  return {};
}

}  // namespace

std::string gnu_build_id(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto header = read<Elf64_Ehdr>(file, 0, 1);
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0 ||
      header[0].e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  for (const Elf64_Shdr& section : read<Elf64_Shdr>(file, header[0].e_shoff, header[0].e_shnum)) {
    if (section.sh_type != SHT_NOTE || section.sh_size > kMaxNoteBytes) continue;
    const auto notes = read<char>(file, section.sh_offset, section.sh_size);
    const size_t padding = section.sh_addralign == 8 ? 8 : 4;
    if (std::string id = build_id_in({notes.data(), notes.size()}, padding); !id.empty()) return id;
  }
  return {};
}

}  // namespace jitgemm::compile
