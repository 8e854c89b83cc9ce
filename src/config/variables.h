#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unified::config {

/// How a variable's text is read (ENVIRONMENT.md, "Types"). check.h says what each accepts.
enum class Type : std::uint8_t {
  kText,
  kName,
  kDomain,
  kStreamName,
  kSubjects,
  kAnyText,
  kPassword,
  kToken,
  kRoutePassword,
  kBool,
  kInt,
  kSize,
  kDockerSize,
  kDuration,
  kSyncInterval,
  kPort,
  kWord,
  kWords,
  kList,
  kPath,
  kAddress,
  kHostPort,
  kUrl,
  kUrls,
  kRoutes,
};

// What else a variable is; several may be or-ed.
inline constexpr std::uint32_t kSecret = 1U << 0U;  ///< never shown; NAME_FILE is accepted
inline constexpr std::uint32_t kUserinfo =
    1U << 1U;  ///< a URL whose user and password are never shown; NAME_FILE too
inline constexpr std::uint32_t kReload =
    1U << 2U;  ///< a running nats-server takes a change (facts §7), or the streams do
inline constexpr std::uint32_t kManifest =
    1U << 3U;  ///< feeds the manifest: set but unused there is worth a warning
inline constexpr std::uint32_t kClassic =
    1U << 4U;  ///< a plain assignment in .env.unified, as people know the file
inline constexpr std::uint32_t kLater =
    1U << 5U;  ///< not built in this release: setting it (a bool: changing it) is a warning
inline constexpr std::uint32_t kLaterPart =
    1U << 6U;  ///< a detail of a kLater switch: inert, no warning of its own
inline constexpr std::uint32_t kComposeOnly = 1U
                                              << 7U;  ///< read by the compose file; never checked
inline constexpr std::uint32_t kOther = 1U << 8U;     ///< read by other services; never checked
inline constexpr std::uint32_t kOwnServer =
    1U
    << 9U;  ///< read only by a nats-server of ours or its supervision: without effect in a sidecar
inline constexpr std::uint32_t kAtStart =
    1U << 10U;  ///< a sidecar reads it once, at its start; all else it takes when it changes

struct Variable {
  std::string_view name;
  Type type = Type::kText;
  std::string_view default_text;  ///< empty: unset, or derived as `help` says
  /// Numbers, sizes, durations: `1..64MB`, `0|100ms..` (alternatives by `|`, open ends); words:
  /// `old|new`; URLs: the schemes. Empty: anything of the type. People read it too.
  std::string_view rule;
  std::uint32_t traits = 0;
  std::string_view help;

  [[nodiscard]] bool is(std::uint32_t trait) const { return (traits & trait) != 0; }
  [[nodiscard]] bool hidden() const { return is(kSecret | kUserinfo); }
  [[nodiscard]] bool ours() const { return !is(kComposeOnly | kOther); }
};

struct Group {
  std::string_view title;
  std::span<const Variable> variables;
};

/// THE table: every variable of ENVIRONMENT.md, in its order. Lives for ever.
std::span<const Group> variable_groups();

/// The row of that name; nullptr if there is none.
const Variable* find_variable(std::string_view name);

/// Every name of the table, in its order.
std::vector<std::string_view> variable_names();

/// `port`, `size`, `limits|interest|workqueue`…: the type and rule for people.
std::string type_text(const Variable& variable);

}  // namespace unified::config
