#include "health/check_formats.h"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace unified::health {
namespace {

constexpr std::string_view kNamespace = "nats_server_check";
constexpr int kNagiosUnknown = 3;

/// Nagios ends the text at a `|` and the message at a line's end.
std::string one_line(std::string_view text) {
  std::string line{text};
  for (char& c : line)
    if (c == '|' || static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return line;
}

std::string label(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted;
}

std::string_view nagios_word(Status status) {
  switch (status) {
    case Status::kPass:
      return "OK";
    case Status::kWarn:
      return "WARNING";
    case Status::kFail:
      break;
  }
  return "CRITICAL";
}

double seconds(const Check& check) {
  return std::chrono::duration<double>(check.took).count();
}

std::optional<Status> status_from(const std::string& text) {
  for (const Status status : {Status::kPass, Status::kWarn, Status::kFail})
    if (text == to_text(status))
      return status;
  return std::nullopt;
}

std::optional<Check> check_from(const nlohmann::json& json) {
  if (!json.is_object())
    return std::nullopt;
  const auto text = [&json](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  const auto status = status_from(text("status"));
  const std::string name = text("name");
  if (!status || name.empty())
    return std::nullopt;
  const auto ms = json.find("ms");
  const std::int64_t took = ms != json.end() && ms->is_number() ? ms->get<std::int64_t>() : 0;
  return Check{name, *status, text("message"), std::chrono::milliseconds{took}};
}

}  // namespace

std::optional<std::vector<Check>> parse_checks(std::string_view json) {
  const auto body = nlohmann::json::parse(json, nullptr, false);
  const auto list = body.is_object() ? body.find("checks") : body.end();
  if (!body.is_object() || list == body.end() || !list->is_array())
    return std::nullopt;
  std::vector<Check> checks;
  for (const auto& entry : *list) {
    auto check = check_from(entry);
    if (!check)
      return std::nullopt;
    checks.push_back(*std::move(check));
  }
  return checks;
}

NagiosAnswer to_nagios(std::string_view name, const std::vector<Check>& checks) {
  std::string passed;
  std::string text;
  std::string data;
  for (const Check& check : checks) {
    const std::string message = fmt::format("{}: {}", check.name, one_line(check.message));
    if (check.status == Status::kPass)
      passed += (passed.empty() ? " OK:" : ", ") + message;
    else
      text += (check.status == Status::kFail ? " Crit:" : " Warn:") + message;
    fmt::format_to(std::back_inserter(data), " {}={:.3f}s", check.name, seconds(check));
  }
  const Status status = worst(checks);
  return {
      fmt::format("{} {}{} |{}\n", name, nagios_word(status), text.empty() ? passed : text, data),
      static_cast<int>(status)};
}

NagiosAnswer unknown_to_nagios(std::string_view name, std::string_view why) {
  return {fmt::format("{} UNKNOWN {}\n", name, one_line(why)), kNagiosUnknown};
}

std::string to_prometheus(std::string_view item, const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    const std::string status = fmt::format("{}_{}_status_code", kNamespace, check.name);
    const std::string took = fmt::format("{}_{}_seconds", kNamespace, check.name);
    fmt::format_to(std::back_inserter(text),
                   "# HELP {0} Nagios compatible status code for {1}\n# TYPE {0} gauge\n"
                   "{0}{{item=\"{2}\",status=\"{3}\"}} {4}\n"
                   "# HELP {5} How long the check {1} took\n# TYPE {5} gauge\n"
                   "{5}{{item=\"{2}\"}} {6}\n",
                   status, check.name, label(item), nagios_word(check.status),
                   static_cast<int>(check.status), took, seconds(check));
  }
  return text;
}

}  // namespace unified::health
