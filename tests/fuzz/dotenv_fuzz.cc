// The input is a .env: whatever it says, it is read to its end, its names are names, no finding
// shows a secret, and any value can be written so that it is read back.

#include <algorithm>
#include <string>

#include "config/dotenv.h"
#include "config/expand.h"
#include "config/fake_host.h"
#include "config/load.h"
#include "fuzz/property.h"

namespace unified::config {
namespace {

using fuzz::require;

std::optional<std::string> environment(const std::string& name) {
  return name == "HOME" ? std::optional<std::string>{"/home/user"} : std::nullopt;
}

/// The value in double quotes, each character that means something there escaped.
std::string double_quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value)
    switch (c) {
      case '"':
      case '\\':
      case '$':
        out += '\\';
        out += c;
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  return out + '"';
}

void check_names(const Dotenv& parsed, std::string_view text) {
  const auto lines = std::ranges::count(text, '\n') + 1;
  for (const DotenvEntry& entry : parsed.entries) {
    require(is_variable_name(entry.name), "a name of a .env is a variable's name");
    require(entry.line >= 1 && entry.line <= lines, "a line number is one of the file's");
  }
  for (const Problem& problem : parsed.problems)
    require(!problem.message.empty() && fuzz::is_printable(problem.message),
            "a finding says something that a terminal can show");
}

void check_round_trip(std::string_view value) {
  const Dotenv again =
      parse_dotenv("NAME=" + double_quoted(value) + "\nNEXT=1\n", ".env", {environment, {}});
  require(again.problems.empty() && again.entries.size() == 2 && again.entries[0].value == value &&
              again.entries[1].value == "1",
          "a value in double quotes is read back as it was");
}

/// `secret` stands in the password, and wherever else the file repeats it.
void check_secrecy(const std::string& text, const std::string& secret) {
  constexpr std::size_t kShort = 6;  // load() leaves those alone in its own words
  Inputs inputs = env_file(text, {{"NATS_AUTH_PASSWORD", secret}});
  inputs.environment["NATS_AUTH_ENABLED"] = "true";
  const auto loaded = load(inputs, FakeHost{});
  if (secret.size() < kShort)
    return;
  for (const Problem& problem : loaded ? loaded->warnings : loaded.error())
    require(problem.value.find(secret) == std::string::npos &&
                problem.message.find(secret) == std::string::npos,
            "no finding shows a secret");
}

}  // namespace
}  // namespace unified::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unified;
  const std::string_view text = fuzz::text_of(data, size);
  const config::Dotenv parsed = config::parse_dotenv(text, ".env", {config::environment, {}});
  config::check_names(parsed, text);
  config::check_round_trip(text);
  const std::string secret = parsed.entries.empty() ? "a secret" : parsed.entries.front().value;
  config::check_secrecy(std::string{text}, secret);
  return 0;
}
