// Makes pairs of keys in files.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace jitgemm::trust {

struct KeyFiles {
  std::string public_file, private_file;
};

// `<name>.pub` and `<name>.key` in `folder`, in PEM. `algorithm`: a name of OpenSSL for one
// without parameters.
inline KeyFiles make_key_files(const std::filesystem::path& folder, const std::string& name,
                               const char* algorithm = "ED25519") {
  const KeyFiles files = {folder / (name + ".pub"), folder / (name + ".key")};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm), &EVP_PKEY_free);
  using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
  PEM_write_PUBKEY(File(std::fopen(files.public_file.c_str(), "w"), &std::fclose).get(), key.get());
  PEM_write_PrivateKey(File(std::fopen(files.private_file.c_str(), "w"), &std::fclose).get(),
                       key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return files;
}

}  // namespace jitgemm::trust
