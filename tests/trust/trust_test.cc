#include "src/trust/trust.h"

#include <gmock/gmock.h>
#include <openssl/err.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "src/trust/ed25519.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/trust/key_files.h"

namespace jitgemm::trust {
namespace {

using cache::Verdict;
using ::testing::HasSubstr;

class TrustTest : public ::testing::Test {
 protected:
  static cache::Trust opened(const Keys& keys) {
    const Result<cache::Trust> trust = open_trust(keys);
    EXPECT_TRUE(trust.ok()) << trust.status().message();
    return *trust;
  }
  static std::string refusal(const Keys& keys) {
    const Status status = open_trust(keys).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    return std::string(status.message());
  }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.path() / name) << text;
    return folder_.path() / name;
  }

  const TemporaryDirectory folder_;
  const KeyFiles a_ = make_key_files(folder_.path(), "a");
  const KeyFiles b_ = make_key_files(folder_.path(), "b");
  const std::vector<std::string_view> bytes_ = {"some", " bytes"};
};

TEST_F(TrustTest, WithoutKeysNothingIsDemandedAndNothingSigned) {
  const cache::Trust trust = opened({});
  EXPECT_FALSE(trust.verifier);
  EXPECT_FALSE(trust.signer);
}

TEST_F(TrustTest, WhatThePrivateKeySignsThePublicKeyVerifies) {
  const cache::Trust trust = opened({{a_.public_file}, a_.private_file});
  const cache::Signature signature = *trust.signer(bytes_);
  EXPECT_EQ(signature.bytes.size(), cache::kSignatureBytes);
  EXPECT_EQ(signature.key.size(), cache::kKeyBytes);
  EXPECT_EQ(*trust.signer(bytes_), signature);
  EXPECT_EQ(trust.verifier(bytes_, signature), Verdict::kGood);
  // Where the pieces end does not matter.
  const std::vector<std::string_view> whole = {"some bytes"}, other = {"some  bytes"};
  EXPECT_EQ(trust.verifier(whole, signature), Verdict::kGood);
  EXPECT_EQ(trust.verifier(other, signature), Verdict::kBadSignature);
}

// Made by `openssl genpkey`, `openssl pkeyutl -sign -rawin` over "jitgemm signature 1\n" and the
// SHA-256 of "some bytes", as TRUST.md says: signatures that others made stay valid.
TEST_F(TrustTest, ASignatureMadeByOpensslVerifies) {
  const auto bytes_of = [](const std::string& hex) {
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
  };
  const std::string file = write("fixed.pub",
                                 "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAGQcljvyRiZwuaartZ4yOu/rbWvRSBxNnGjnjnKO0XoE=\n"
                                 "-----END PUBLIC KEY-----\n");
  const cache::Signature signature = {
      bytes_of("483617dc3ecf22d82c51263b752a5725ba2daaabe1768acccfe345a7cc3271d1"),
      bytes_of("788511d10f5244d8780317efcaf8fad6489bc28372a1095a7a0cd143df429874"
               "64ae803d4f144688fc33d4e16616f57377e55540a99ff72c170eacd5c4c7b706")};
  EXPECT_EQ(opened({{file}, {}}).verifier(bytes_, signature), Verdict::kGood);
}

// EVP_DigestVerify returns a negative number on an internal error.
TEST_F(TrustTest, AVerificationThatFailsInsideIsNoGoodSignature) {
  const cache::Signature good = *opened({{}, a_.private_file}).signer(bytes_);
  auto api = std::make_shared<CryptoApi>(**open_crypto());
  api->EVP_DigestVerify = [](EVP_MD_CTX*, const unsigned char*, size_t, const unsigned char*,
                             size_t) { return -1; };
  const Result<Ed25519Key> key = Ed25519Key::read(api, a_.public_file, Ed25519Key::Kind::kPublic);
  ASSERT_TRUE(key.ok()) << key.status().message();
  EXPECT_FALSE(key->has_signed(bytes_, good.bytes));
}

TEST_F(TrustTest, AnyOfSeveralKeysWillDoAndNoOther) {
  const cache::Signature by_b = *opened({{}, b_.private_file}).signer(bytes_);
  EXPECT_EQ(opened({{a_.public_file, b_.public_file}, {}}).verifier(bytes_, by_b), Verdict::kGood);
  EXPECT_EQ(opened({{a_.public_file}, {}}).verifier(bytes_, by_b), Verdict::kUnknownKey);
}

TEST_F(TrustTest, FingerprintOfAnotherKeyOverASignatureIsBad) {
  const cache::Trust a = opened({{a_.public_file}, a_.private_file});
  cache::Signature forged = *opened({{}, b_.private_file}).signer(bytes_);
  forged.key = a.signer(bytes_)->key;
  EXPECT_EQ(a.verifier(bytes_, forged), Verdict::kBadSignature);
}

// A verifier that does not check that S is canonical also accepts S + L (RFC 8032, 5.1.7).
TEST_F(TrustTest, MalleatedSignatureIsBad) {
  constexpr unsigned char kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                        0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                        0,    0,    0,    0,    0,    0,    0,    0,
                                        0,    0,    0,    0,    0,    0,    0,    0x10};
  const cache::Trust trust = opened({{a_.public_file}, a_.private_file});
  cache::Signature signature = *trust.signer(bytes_);
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature.bytes[32 + i]) + kOrder[i];
    signature.bytes[32 + i] = static_cast<char>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(trust.verifier(bytes_, signature), Verdict::kBadSignature);
}

TEST_F(TrustTest, FileThatIsNoKeyOfThatKindIsNamed) {
  EXPECT_THAT(refusal({{"/nonexistent.pub"}, {}}), HasSubstr("'/nonexistent.pub' cannot be read"));
  EXPECT_THAT(refusal({{folder_.string()}, {}}), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal({{write("text", "hello\n")}, {}}), HasSubstr("no public key"));
  EXPECT_THAT(refusal({{}, write("text", "hello\n")}), HasSubstr("no private key"));
  EXPECT_THAT(refusal({{}, a_.public_file}), HasSubstr("no private key"));
  EXPECT_THAT(refusal({{a_.private_file}, {}}), HasSubstr("no public key"));
  EXPECT_THAT(refusal({{write("large", std::string(1 << 20, '-'))}, {}}), HasSubstr("too large"));
}

TEST_F(TrustTest, KeyOfAnotherAlgorithmIsRefused) {
  const KeyFiles other = make_key_files(folder_.path(), "other", "X25519");
  EXPECT_THAT(refusal({{other.public_file}, {}}), HasSubstr("Ed25519 is accepted"));
  EXPECT_THAT(refusal({{}, other.private_file}), HasSubstr("Ed25519 is accepted"));
}

// By default OpenSSL asks for the password on the terminal.
TEST_F(TrustTest, EncryptedKeyIsRefusedWithoutAPrompt) {
  const std::string file = folder_.path() / "locked.key";
  std::FILE* out = std::fopen(file.c_str(), "w");
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  char password[] = "secret";
  ASSERT_EQ(PEM_write_PrivateKey(out, key, EVP_aes_128_cbc(),
                                 reinterpret_cast<unsigned char*>(password), 6, nullptr, nullptr),
            1);
  EVP_PKEY_free(key);
  std::fclose(out);
  EXPECT_THAT(refusal({{}, file}), HasSubstr("encrypted"));
}

// Other code of the process uses the thread's queue of OpenSSL errors too.
TEST_F(TrustTest, ErrorsOfOthersInTheThreadsQueueStay) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 1);
  refusal({{write("text", "hello\n")}, {}});
  const cache::Trust trust = opened({{a_.public_file}, a_.private_file});
  cache::Signature signature = *trust.signer(bytes_);
  signature.bytes[0] ^= 1;
  trust.verifier(bytes_, signature);
  EXPECT_EQ(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
  EXPECT_EQ(ERR_get_error(), 0u);
}

}  // namespace
}  // namespace jitgemm::trust
