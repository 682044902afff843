#include "src/trust/crypto_api.h"

#include <fmt/format.h>

#include "src/base/shared_library.h"

namespace jitgemm::trust {

Result<std::shared_ptr<const CryptoApi>> open_crypto() {
  const Result<SharedLibrary> library =
      SharedLibrary::open("libcrypto (of OpenSSL 3, for signed entries)", {"libcrypto.so.3"});
  if (!library.ok()) return library.status();

  auto api = std::make_shared<CryptoApi>();
  const char* missing = nullptr;
#define JITGEMM_LOOK_UP(name)                                              \
  api->name = reinterpret_cast<decltype(&::name)>(library->symbol(#name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  JITGEMM_CRYPTO_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
  if (missing != nullptr)
    return Status(StatusCode::kMissing,
                  fmt::format("{} has no function {}", library->path(), missing));
  return std::shared_ptr<const CryptoApi>(std::move(api));
}

}  // namespace jitgemm::trust
