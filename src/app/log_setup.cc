#include "app/log_setup.h"

#include <filesystem>
#include <utility>

#include "os/directories.h"

namespace unified::app {
namespace {

observe::Level level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kTrace:
      return observe::Level::kTrace;
    case config::LogLevel::kDebug:
      return observe::Level::kDebug;
    case config::LogLevel::kInfo:
      return observe::Level::kInfo;
    case config::LogLevel::kWarning:
      return observe::Level::kWarning;
    case config::LogLevel::kError:
      return observe::Level::kError;
    case config::LogLevel::kCritical:
      break;
  }
  return observe::Level::kCritical;
}

}  // namespace

Result<std::unique_ptr<observe::Log>> open_log(const config::Settings& settings,
                                               const render::InternalUser& internal,
                                               std::vector<std::string>& warnings) {
  std::vector<std::string> secrets = settings.secrets;
  secrets.push_back(internal.password.reveal());
  observe::LogOptions options;
  options.level = level_of(settings.logs.level);
  options.format = settings.logs.format == config::LogFormat::kJson ? observe::Format::kJson
                                                                    : observe::Format::kText;
  options.scrubber = Scrubber{std::move(secrets)};
  options.server_log = {.path = settings.logs.nats_log_file,
                        .max_bytes = settings.logs.max_size,
                        .max_files = settings.logs.max_file};
  if (options.server_log.path.empty())
    return observe::Log::create(std::move(options));
  // A folder that can't be made shows as the file that can't be opened.
  (void)os::make_directories(std::filesystem::path{options.server_log.path}.parent_path().string());
  // Only a file that somebody named is worth another try.
  options.may_open_later = settings.logs.nats_log_file_set;
  auto log = observe::Log::create(options);
  if (log && !(*log)->file_problem().empty())
    (*log)->warn(
        "NATS_LOG_FILE: {}; nats-server's log goes to stdout until the file can be opened (`none` "
        "writes to stdout only)",
        (*log)->file_problem());
  if (log)
    return log;
  warnings.push_back("NATS_LOG_FILE: " + log.error().message +
                     "; nats-server's log goes to stdout only");
  options.server_log.path.clear();
  return observe::Log::create(std::move(options));
}

}  // namespace unified::app
