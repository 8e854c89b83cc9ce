#include "os/key_fingerprint.h"

#include <crypt.h>

#include <memory>
#include <random>

namespace unified::os {
namespace {

constexpr std::string_view kMethod = "$5$";

std::string fresh_salt() {
  constexpr std::string_view kAlphabet =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device source;
  std::uniform_int_distribution<std::size_t> index{0, kAlphabet.size() - 1};
  std::string salt{kMethod};
  for (int i = 0; i < 16; ++i)
    salt += kAlphabet[index(source)];
  return salt;
}

}  // namespace

Result<std::string> key_fingerprint(const Secret& key, const std::string& like) {
  const std::string salt = like.starts_with(kMethod) ? like : fresh_salt();
  auto work = std::make_unique<crypt_data>();
  const char* hash = ::crypt_r(key.reveal().c_str(), salt.c_str(), work.get());
  if (hash == nullptr || hash[0] == '*')
    return Error{
        "cannot make the encryption key's fingerprint: crypt(3) refused it (keys have at most 512 "
        "bytes)"};
  return std::string{hash};
}

}  // namespace unified::os
