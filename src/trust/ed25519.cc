#include "src/trust/ed25519.h"

#include <fmt/format.h>

#include <fstream>
#include <string_view>
#include <utility>

namespace jitgemm::trust {
namespace {

constexpr size_t kMaxFile = 64 << 10;  // bytes; a key file has a few hundred
constexpr size_t kRawKeyBytes = 32;
constexpr size_t kDigestBytes = 32;
constexpr std::string_view kContext = "jitgemm signature 1\n";
// The DER encoding of an Ed25519 key before its 32 bytes (RFC 8410).
constexpr std::string_view kDerPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

using Context = std::unique_ptr<EVP_MD_CTX, decltype(CryptoApi::EVP_MD_CTX_free)>;

Context new_context(const CryptoApi& api) { return {api.EVP_MD_CTX_new(), api.EVP_MD_CTX_free}; }

// Empty when libcrypto fails.
std::string sha256(const CryptoApi& api, cache::SignedBytes pieces) {
  std::string digest(kDigestBytes, '\0');
  const Context context = new_context(api);
  bool good = context && api.EVP_DigestInit_ex(context.get(), api.EVP_sha256(), nullptr) == 1;
  for (const std::string_view piece : pieces)
    good = good && api.EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  good = good && api.EVP_DigestFinal_ex(context.get(), bytes_of(digest), nullptr) == 1;
  return good ? digest : std::string();
}

// Empty when libcrypto fails.
std::string message(const CryptoApi& api, cache::SignedBytes pieces) {
  const std::string digest = sha256(api, pieces);
  return digest.empty() ? digest : std::string(kContext) + digest;
}

Status refused(const std::string& path, std::string_view why) {
  return {StatusCode::kInvalidArgument, fmt::format("key file '{}' {}", path, why)};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (file.bad() || text.empty()) return refused(path, "cannot be read");
  if (text.size() > kMaxFile) return refused(path, "is too large for a key");
  return text;
}

// Replaces OpenSSL's own callback, which would ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

EVP_PKEY* parse(const CryptoApi& api, const std::string& pem, Ed25519Key::Kind kind) {
  const std::unique_ptr<BIO, decltype(CryptoApi::BIO_free)> bio(
      api.BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), api.BIO_free);
  if (!bio) return nullptr;
  const auto read =
      kind == Ed25519Key::Kind::kPublic ? api.PEM_read_bio_PUBKEY : api.PEM_read_bio_PrivateKey;
  return read(bio.get(), nullptr, no_password, nullptr);
}

}  // namespace

Result<Ed25519Key> Ed25519Key::read(std::shared_ptr<const CryptoApi> api, const std::string& path,
                                    Kind kind) {
  const QuietErrors quiet(*api);
  const Result<std::string> pem = read_file(path);
  if (!pem.ok()) return pem.status();
  Ed25519Key key(api, Key(parse(*api, *pem, kind), api->EVP_PKEY_free));
  if (!key.key_)
    return refused(path, kind == Kind::kPublic
                             ? "holds no public key in PEM ('-----BEGIN PUBLIC KEY-----')"
                             : "holds no private key in PEM, or an encrypted one");
  if (Status status = key.identify(path); !status.ok()) return status;
  return key;
}

Status Ed25519Key::identify(const std::string& path) {
  std::string raw(kRawKeyBytes, '\0');
  size_t bytes = raw.size();
  if (api_->EVP_PKEY_get_id(key_.get()) != EVP_PKEY_ED25519 ||
      api_->EVP_PKEY_get_raw_public_key(key_.get(), bytes_of(raw), &bytes) != 1)
    return refused(path, "holds a key of another algorithm; Ed25519 is accepted");
  const std::string_view der[] = {kDerPrefix, raw};
  fingerprint_ = sha256(*api_, der);
  return fingerprint_.empty() ? Status(StatusCode::kInternal, "libcrypto has no SHA-256")
                              : Status();
}

Result<cache::Signature> Ed25519Key::sign(cache::SignedBytes bytes) const {
  const QuietErrors quiet(*api_);
  const std::string text = message(*api_, bytes);
  std::string signature(cache::kSignatureBytes, '\0');
  size_t size = signature.size();
  const Context context = new_context(*api_);
  if (text.empty() || !context ||
      api_->EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      api_->EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text),
                           text.size()) != 1 ||
      size != signature.size())
    return Status(StatusCode::kInternal, "libcrypto did not sign with the private key");
  return cache::Signature{fingerprint_, std::move(signature)};
}

bool Ed25519Key::has_signed(cache::SignedBytes bytes, std::string_view signature) const {
  const QuietErrors quiet(*api_);
  const std::string text = message(*api_, bytes);
  const Context context = new_context(*api_);
  return !text.empty() && context &&
         api_->EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         api_->EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                bytes_of(text), text.size()) == 1;
}

}  // namespace jitgemm::trust
