// libcrypto of OpenSSL 3 as a table of functions, opened at run time. Its headers are included for
// their types only; nothing links to it.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include <jitgemm/status.h>

// The functions that this library calls. Declaration, look-up and error message use this one list.
#define JITGEMM_CRYPTO_FUNCTIONS(FUNCTION) \
  FUNCTION(BIO_new_mem_buf)                \
  FUNCTION(BIO_free)                       \
  FUNCTION(ERR_set_mark)                   \
  FUNCTION(ERR_pop_to_mark)                \
  FUNCTION(PEM_read_bio_PUBKEY)            \
  FUNCTION(PEM_read_bio_PrivateKey)        \
  FUNCTION(EVP_PKEY_free)                  \
  FUNCTION(EVP_PKEY_get_id)                \
  FUNCTION(EVP_PKEY_get_raw_public_key)    \
  FUNCTION(EVP_MD_CTX_new)                 \
  FUNCTION(EVP_MD_CTX_free)                \
  FUNCTION(EVP_sha256)                     \
  FUNCTION(EVP_DigestInit_ex)              \
  FUNCTION(EVP_DigestUpdate)               \
  FUNCTION(EVP_DigestFinal_ex)             \
  FUNCTION(EVP_DigestSignInit)             \
  FUNCTION(EVP_DigestSign)                 \
  FUNCTION(EVP_DigestVerifyInit)           \
  FUNCTION(EVP_DigestVerify)

namespace jitgemm::trust {

struct CryptoApi {
#define JITGEMM_MEMBER(name) decltype(&::name) name = nullptr;
  JITGEMM_CRYPTO_FUNCTIONS(JITGEMM_MEMBER)
#undef JITGEMM_MEMBER
};

// Errors: kMissing.
Result<std::shared_ptr<const CryptoApi>> open_crypto();

// Removes the errors that were added while it lives from the calling thread's queue of OpenSSL
// errors, which other code of the process uses too.
class QuietErrors {
 public:
  explicit QuietErrors(const CryptoApi& api) : api_(api) { api_.ERR_set_mark(); }
  ~QuietErrors() { api_.ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  const CryptoApi& api_;
};

}  // namespace jitgemm::trust
