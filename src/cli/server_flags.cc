#include "cli/server_flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"
#include "config/url.h"

namespace unified::cli {
namespace {

enum class Kind { kValue, kSwitch, kListener, kRoutes, kRefused };

struct Flag {
  std::string_view name;
  Kind kind;
  std::string_view what;  ///< the variable; of a refused one: why, and what to do
};

constexpr std::string_view kSecret =
    "everybody on the machine can read arguments: use NATS_AUTH_USERNAME with NATS_AUTH_PASSWORD "
    "or NATS_AUTH_TOKEN (or …_FILE), and NATS_AUTH_ENABLED=true";
constexpr std::string_view kNoVariable = "there is no variable for it";
constexpr std::string_view kOurLogs = "the log is ours to keep: see NATS_LOG_FILE and LOG_MAX_SIZE";
constexpr std::string_view kOurProcess = "the supervisor knows the server's process itself";

/// nats-server 2.9 to 2.15, but -h and -v.
constexpr auto kFlags = std::to_array<Flag>({
    {"a", Kind::kValue, "NATS_HOST"},
    {"addr", Kind::kValue, "NATS_HOST"},
    {"net", Kind::kValue, "NATS_HOST"},
    {"p", Kind::kValue, "NATS_PORT"},
    {"port", Kind::kValue, "NATS_PORT"},
    {"n", Kind::kValue, "NATS_SERVER_NAME"},
    {"name", Kind::kValue, "NATS_SERVER_NAME"},
    {"server_name", Kind::kValue, "NATS_SERVER_NAME"},
    {"m", Kind::kValue, "NATS_HTTP_PORT"},
    {"http_port", Kind::kValue, "NATS_HTTP_PORT"},
    {"c", Kind::kValue, "NATS_EXTRA_CONFIG_FILE"},
    {"config", Kind::kValue, "NATS_EXTRA_CONFIG_FILE"},
    {"client_advertise", Kind::kValue, "NATS_CLIENT_ADVERTISE"},
    {"l", Kind::kValue, "NATS_LOG_FILE"},
    {"log", Kind::kValue, "NATS_LOG_FILE"},
    {"T", Kind::kSwitch, "NATS_LOG_TIME"},
    {"logtime", Kind::kSwitch, "NATS_LOG_TIME"},
    {"D", Kind::kSwitch, "NATS_DEBUG"},
    {"debug", Kind::kSwitch, "NATS_DEBUG"},
    {"V", Kind::kSwitch, "NATS_TRACE"},
    {"trace", Kind::kSwitch, "NATS_TRACE"},
    {"DV", Kind::kSwitch, "NATS_DEBUG,NATS_TRACE"},
    {"js", Kind::kSwitch, "JETSTREAM_ENABLED"},
    {"jetstream", Kind::kSwitch, "JETSTREAM_ENABLED"},
    {"sd", Kind::kValue, "JETSTREAM_STORE_DIR"},
    {"store_dir", Kind::kValue, "JETSTREAM_STORE_DIR"},
    {"tls", Kind::kSwitch, "NATS_TLS_ENABLED"},
    {"tlscert", Kind::kValue, "NATS_TLS_CERT"},
    {"tlskey", Kind::kValue, "NATS_TLS_KEY"},
    {"tlscacert", Kind::kValue, "NATS_TLS_CA"},
    {"tlsverify", Kind::kSwitch, "NATS_TLS_ENABLED,NATS_TLS_VERIFY"},
    {"routes", Kind::kRoutes, "NATS_CLUSTER_ROUTES"},
    {"cluster", Kind::kListener, ""},
    {"cluster_listen", Kind::kListener, ""},
    {"cluster_name", Kind::kValue, "NATS_CLUSTER_NAME"},
    {"cluster_advertise", Kind::kValue, "NATS_CLUSTER_ADVERTISE"},
    {"user", Kind::kRefused, kSecret},
    {"pass", Kind::kRefused, kSecret},
    {"auth", Kind::kRefused, kSecret},
    {"P", Kind::kRefused, kOurProcess},
    {"pid", Kind::kRefused, kOurProcess},
    {"ports_file_dir", Kind::kRefused, kOurProcess},
    {"sl", Kind::kRefused, "use `stop`, `reload` and `restart`, or signal the supervisor"},
    {"signal", Kind::kRefused, "use `stop`, `reload` and `restart`, or signal the supervisor"},
    {"t", Kind::kRefused, "use `validate`"},
    {"ms", Kind::kRefused,
     "the supervisor asks the monitoring port in the clear; see MONITORING_ENABLED"},
    {"https_port", Kind::kRefused,
     "the supervisor asks the monitoring port in the clear; see MONITORING_ENABLED"},
    {"s", Kind::kRefused, kOurLogs},
    {"syslog", Kind::kRefused, kOurLogs},
    {"r", Kind::kRefused, kOurLogs},
    {"remote_syslog", Kind::kRefused, kOurLogs},
    {"log_size_limit", Kind::kRefused, kOurLogs},
    {"logtime_utc", Kind::kRefused, "set TZ=UTC"},
    {"VV", Kind::kRefused, "the supervisor's own requests would fill it; use -V (NATS_TRACE)"},
    {"DVV", Kind::kRefused,
     "the supervisor's own requests would fill it; use -DV (NATS_DEBUG, NATS_TRACE)"},
    {"no_advertise", Kind::kRefused, kNoVariable},
    {"connect_retries", Kind::kRefused, kNoVariable},
});

/// `-p`, `--port=4222`: Go's flag package takes one dash or two, and a value behind `=`.
struct Typed {
  std::string name;
  std::optional<std::string> value;
};

std::optional<Typed> parse_flag(const std::string& argument) {
  const std::size_t begin = argument.starts_with("--") ? 2 : 1;
  if (!argument.starts_with('-') || argument.size() <= begin)
    return std::nullopt;
  const std::size_t equals = argument.find('=', begin);
  Typed typed{argument.substr(begin, equals == std::string::npos ? equals : equals - begin), {}};
  if (equals != std::string::npos)
    typed.value = argument.substr(equals + 1);
  return typed;
}

class Taker {
 public:
  explicit Taker(const std::vector<std::string>& argv) : argv_(argv) {}

  ServerFlags run() {
    if (argv_.empty())
      return std::move(result_);
    result_.arguments.push_back(argv_.front());
    std::size_t i = 1;
    if (i < argv_.size() && argv_[i] == "nats-server")
      ++i;
    for (; i < argv_.size() && result_.error.empty(); ++i)
      i = take(i);
    return std::move(result_);
  }

 private:
  /// Returns the last place that was used up.
  std::size_t take(std::size_t i) {
    const std::string& argument = argv_[i];
    const auto typed = parse_flag(argument);
    const auto* const flag =
        typed ? std::ranges::find(kFlags, typed->name, &Flag::name) : kFlags.end();
    if (!typed || flag == kFlags.end()) {
      leave(argument);
      return i;
    }
    if (flag->kind == Kind::kRefused) {
      result_.error =
          fmt::format("-{} of nats-server is not for this program: {}", flag->name, flag->what);
      return i;
    }
    const std::string said = argument.substr(0, argument.find('='));
    if (flag->kind == Kind::kSwitch) {
      set_all(flag->what, typed->value.value_or("true"), said);
      return i;
    }
    if (!typed->value && i + 1 == argv_.size()) {
      result_.error = fmt::format("{} needs a value", said);
      return i;
    }
    const std::string value = typed->value ? *typed->value : argv_[i + 1];
    if (flag->kind == Kind::kListener)
      listen_at(value, said);
    else if (flag->kind == Kind::kRoutes)
      route_to(value, said);
    else
      set(std::string{flag->what}, value, said);
    return typed->value ? i : i + 1;
  }

  /// Only `run` has something behind `--`: who says that means it.
  void leave(const std::string& argument) {
    const bool has_run = std::ranges::find(result_.arguments, "run") != result_.arguments.end();
    if (argument == "--" && !has_run)
      result_.arguments.emplace_back("run");
    result_.arguments.push_back(argument);
  }

  void set(const std::string& variable, const std::string& text, const std::string& said) {
    const auto [found, added] = result_.variables.insert({variable, {text, said}});
    if (!added && found->second.text != text)
      result_.error = fmt::format("{} contradicts {} before it: both mean {}", said,
                                  found->second.flag, variable);
  }

  void set_all(std::string_view variables, const std::string& text, const std::string& said) {
    const std::size_t comma = variables.find(',');
    set(std::string{variables.substr(0, comma)}, text, said);
    if (comma != std::string_view::npos)
      set(std::string{variables.substr(comma + 1)}, text, said);
  }

  /// nats://0.0.0.0:6222
  void listen_at(const std::string& text, const std::string& said) {
    const auto url = config::parse_url(text);
    if (!url) {
      result_.error = fmt::format("{} needs a URL like nats://0.0.0.0:6222", said);
      return;
    }
    if (!url->user.empty() || !url->password.empty()) {
      refuse_login(said);
      return;
    }
    const std::size_t colon =
        url->host_port.ends_with(']') ? std::string::npos : url->host_port.rfind(':');
    const std::string host = url->host_port.substr(0, colon);
    set("NATS_CLUSTER_ENABLED", "true", said);
    if (!host.empty())
      set("NATS_CLUSTER_HOST", host, said);
    if (colon != std::string::npos)
      set("NATS_CLUSTER_PORT", url->host_port.substr(colon + 1), said);
  }

  void route_to(const std::string& text, const std::string& said) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      if (text.substr(at, comma - at).find('@') != std::string::npos) {
        refuse_login(said);
        return;
      }
      at = comma + 1;
    }
    set("NATS_CLUSTER_ENABLED", "true", said);
    set("NATS_CLUSTER_ROUTES", text, said);
  }

  void refuse_login(const std::string& said) {
    result_.error = fmt::format(
        "{} with a login: everybody on the machine can read arguments; use NATS_CLUSTER_USERNAME "
        "and NATS_CLUSTER_PASSWORD (or NATS_CLUSTER_PASSWORD_FILE), and routes without them",
        said);
  }

  const std::vector<std::string>& argv_;
  ServerFlags result_;
};

/// Options of ours may stand before nats-server's flags; a command other than `run` has its own.
bool is_for_another_command(const std::vector<std::string>& argv) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (argv[i] == "--")
      return false;
    if (argv[i] == "--env-file")
      ++i;
    else if (!argv[i].starts_with('-'))
      return argv[i] != "run" && argv[i] != "nats-server";
    else if (const auto typed = parse_flag(argv[i]);
             typed && std::ranges::find(kFlags, typed->name, &Flag::name) != kFlags.end())
      return false;
  }
  return false;
}

}  // namespace

ServerFlags take_server_flags(const std::vector<std::string>& argv) {
  if (is_for_another_command(argv))
    return {argv, {}, {}};
  return Taker{argv}.run();
}

}  // namespace unified::cli
