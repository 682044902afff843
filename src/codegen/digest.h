// XXH3-128 over a sequence of texts, in hexadecimal.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace jitgemm::codegen {

class Digest128 {
 public:
  Digest128();
  ~Digest128();
  Digest128(const Digest128&) = delete;
  Digest128& operator=(const Digest128&) = delete;

  void update(std::string_view text);
  // Adds the text's length, then the text, so that ("ab", "c") and ("a", "bc") differ.
  void update_sized(std::string_view text);

  std::string hex() const;  // 32 lower-case digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jitgemm::codegen
