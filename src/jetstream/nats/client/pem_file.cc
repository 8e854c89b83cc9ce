#include "jetstream/nats/client/pem_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace unified::nats {

Result<std::string> read_pem_file(const std::string& path) {
  constexpr std::size_t kLargest = 1U << 20U;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose};
  if (!file)
    return system_error("cannot open " + path, errno);
  std::string text(kLargest, '\0');
  const std::size_t length = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0)
    return system_error("cannot read " + path, errno);
  if (length == kLargest)
    return Error{"cannot read " + path + ": larger than 1 MiB, not a certificate or key"};
  text.resize(length);
  return text;
}

}  // namespace unified::nats
