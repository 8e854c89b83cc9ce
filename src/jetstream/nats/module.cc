#include "jetstream/nats/module.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace unified::nats {
namespace {

constexpr const char* kFile = "unified_nats.so";

}  // namespace

Result<std::string> Module::find() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed)
    return Error{"cannot read /proc/self/exe: " + failed.message()};
  const auto folder = program.parent_path();
  const auto beside = folder / kFile;
  const auto installed = folder.parent_path() / "lib" / "unified-nats" / kFile;
  for (const auto& candidate : {beside, installed}) {
    if (std::filesystem::exists(candidate, failed))
      return candidate.string();
    if (failed)
      return Error{"cannot look at the NATS client module " + candidate.string() + ": " +
                   failed.message()};
  }
  return Error{"cannot find the NATS client module: neither " + beside.string() + " nor " +
               installed.string() + " exists"};
}

Result<std::unique_ptr<Module>> Module::open(const std::string& path) {
  Result<std::string> file = path.empty() ? find() : Result<std::string>{path};
  if (!file)
    return file.error();
  void* const library = dlopen(file->c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* const cause =
        dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return Error{std::string{"cannot load the NATS client module: "} + cause};
  }
  const Entries entries{.connect = reinterpret_cast<ConnectEntry*>(dlsym(library, kConnectEntry)),
                        .warm_up = reinterpret_cast<WarmUpEntry*>(dlsym(library, kWarmUpEntry)),
                        .check_certificates = reinterpret_cast<CheckCertificatesEntry*>(
                            dlsym(library, kCheckCertificatesEntry))};
  if (entries.connect == nullptr || entries.warm_up == nullptr ||
      entries.check_certificates == nullptr)
    return Error{"cannot use " + *file + ": it is not a NATS client module of this version"};
  return std::unique_ptr<Module>{new Module{entries}};
}

Result<std::unique_ptr<Connection>> Module::connect(const ConnectOptions& options,
                                                    const Callbacks& callbacks) const {
  Result<std::unique_ptr<Connection>> result{Error{"not connected"}};
  entries_.connect(options, callbacks, result);
  return result;
}

Result<CertificateReport> Module::check_certificates(const CertificateFiles& files) const {
  Result<CertificateReport> result{Error{"not checked"}};
  entries_.check_certificates(files, result);
  return result;
}

}  // namespace unified::nats
