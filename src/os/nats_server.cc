#include "os/nats_server.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/output_of.h"
#include "os/presence.h"

namespace unified::os {
namespace {

constexpr std::chrono::seconds kVersionDeadline{5};

enum class Candidate : std::uint8_t { kAbsent, kNotExecutable, kExecutable };

Candidate look_at(const std::string& path) {
  const auto presence = presence_of(path);
  if (presence && *presence == Presence::kAbsent)
    return Candidate::kAbsent;
  std::error_code ignored;
  const bool executable = std::filesystem::is_regular_file(path, ignored) &&
                          ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
  return executable ? Candidate::kExecutable : Candidate::kNotExecutable;
}

BinaryError not_found(const std::string& message) {
  return BinaryError{.exit_code = kExitNotFound, .message = message};
}
BinaryError not_executable(const std::string& path) {
  const auto presence = presence_of(path);
  return BinaryError{.exit_code = kExitNotExecutable,
                     .message = "cannot execute " + path + ": " +
                                (presence ? "not an executable file, or no permission"
                                          : presence.error().message)};
}

Result<std::string, BinaryError> at_path(const std::string& configured) {
  std::error_code failed;
  const std::string path = std::filesystem::absolute(configured, failed);
  if (failed)
    return not_found("cannot find " + configured + ": " + failed.message());
  switch (look_at(path)) {
    case Candidate::kExecutable:
      return path;
    case Candidate::kNotExecutable:
      return not_executable(path);
    case Candidate::kAbsent:
      break;
  }
  return not_found("cannot find " + path + ": no such file");
}

Result<std::string, BinaryError> on_path(const std::string& name, const std::string& path_env) {
  std::string seen;
  for (const std::string& directory : split_list(path_env, ':')) {
    if (directory.front() != '/')
      continue;
    const std::string path = fmt::format("{}/{}", directory, name);
    const Candidate candidate = look_at(path);
    if (candidate == Candidate::kExecutable)
      return path;
    if (candidate == Candidate::kNotExecutable && seen.empty())
      seen = path;
  }
  if (!seen.empty())
    return not_executable(seen);
  return not_found("cannot find " + name + " on PATH: install nats-server or set NATS_SERVER_BIN");
}

/// What tells one build of the server from another.
Result<nlohmann::json> identity(const std::string& binary) {
  struct stat info{};
  if (::stat(binary.c_str(), &info) != 0)
    return system_error("cannot stat " + binary, errno);
  const std::int64_t nanoseconds =
      (std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000) + info.st_mtim.tv_nsec;
  return nlohmann::json{
      {"path", binary},          {"device", info.st_dev},          {"inode", info.st_ino},
      {"mtime_ns", nanoseconds}, {"mtime_s", info.st_mtim.tv_sec}, {"size", info.st_size}};
}

/// What is left of it in the layers of an image.
nlohmann::json image_identity(const nlohmann::json& identity) {
  nlohmann::json kept;
  for (const char* key : {"path", "mtime_s", "size"})
    kept[key] = identity.at(key);
  return kept;
}

std::optional<ServerVersion> cached(const std::string& file, const nlohmann::json& wanted) {
  constexpr std::size_t kLimit = 4096;
  if (file.empty())
    return std::nullopt;
  const auto text = read_text_file(file, kLimit);
  if (!text)
    return std::nullopt;
  const auto cache = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!cache.is_object() || !cache.contains("version") || !cache["version"].is_string())
    return std::nullopt;
  if (!cache.contains("binary") || cache["binary"] != wanted)
    return std::nullopt;
  return parse_server_version(cache["version"].get<std::string>());
}

std::string cache_text(const nlohmann::json& identity, ServerVersion version) {
  return nlohmann::json{{"binary", identity}, {"version", to_text(version)}}.dump(
             -1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

Result<ServerVersion> ask(const std::string& binary) {
  const auto output = output_of({binary, "--version"}, kVersionDeadline);
  if (!output)
    return output.error();
  constexpr std::string_view kProgram = "nats-server: ";
  const std::size_t start = output->find(kProgram);
  const auto version = start == std::string::npos
                           ? std::nullopt
                           : parse_server_version(output->substr(start + kProgram.size()));
  if (!version)
    return Error{"cannot read the version of " + binary +
                 ": --version does not answer as nats-server does"};
  return *version;
}

}  // namespace

Result<std::string, BinaryError> find_nats_server(const std::string& configured,
                                                  const std::string& path_env) {
  if (configured.find('/') != std::string::npos)
    return at_path(configured);
  return on_path(configured.empty() ? "nats-server" : configured, path_env);
}

Result<ServerVersion> server_version(const std::string& binary, const VersionCache& cache) {
  const auto wanted = identity(binary);
  if (!wanted)
    return wanted.error();
  if (const auto known = cached(cache.own, *wanted))
    return *known;
  if (const auto known = cached(cache.image, image_identity(*wanted)))
    return *known;
  auto version = ask(binary);
  if (version && !cache.own.empty()) {
    // Not written: the next start asks again, that is all.
    static_cast<void>(
        write_file_atomically(cache.own, cache_text(*wanted, *version), 0600, Durability::kQuick));
  }
  return version;
}

Result<ServerVersion> remember_server_version(const std::string& binary,
                                              const std::string& image_cache) {
  const auto wanted = identity(binary);
  if (!wanted)
    return wanted.error();
  auto version = ask(binary);
  if (!version)
    return version;
  const auto written =
      write_file_atomically(image_cache, cache_text(image_identity(*wanted), *version), 0644);
  if (!written)
    return written.error();
  return version;
}

}  // namespace unified::os
