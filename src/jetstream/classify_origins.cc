// The rules of mirror and sources: where a stream's messages come from besides its subjects (facts
// §1).
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "jetstream/classify.h"
#include "jetstream/fields.h"
#include "jetstream/server_releases.h"

namespace unified::jetstream {
namespace {

/// What a server tells sources apart by; the start of one that runs already plays no role any more.
bool same_source(const nlohmann::json& a, const nlohmann::json& b) {
  constexpr std::array kIdentity{"name", "filter_subject", "external", "subject_transforms"};
  return std::ranges::all_of(kIdentity, [&](const char* part) {
    return a.value(part, nlohmann::json{}) == b.value(part, nlohmann::json{});
  });
}

std::string name_of(const nlohmann::json& source) {
  const std::string filter = source.value("filter_subject", "");
  return source.value("name", "?") + (filter.empty() ? "" : fmt::format(" ({})", filter));
}

}  // namespace

Verdict classify_mirror(const FieldContext& context) {
  if (context.from.empty())
    return immutable(
        "no nats-server makes an existing stream a mirror (10055); declare a mirror of another "
        "name");
  if (!context.to.empty())
    return immutable(
        fmt::format("no nats-server changes what a mirror is of (10055); set {} again, or declare "
                    "a mirror of another name",
                    show_value(*find_field("mirror"), context.from)));
  if (context.version < k212)
    return immutable(
        fmt::format("nats-server {} can't make a mirror an ordinary stream (since 2.12 it can); "
                    "set {} again, or upgrade the server",
                    to_text(context.version), show_value(*find_field("mirror"), context.from)));
  return {.change = Change::kIrreversible,
          .at_stake = {},
          .why = "the stream can't become a mirror again"};
}

Verdict classify_mirror_direct(const FieldContext& context) {
  const nlohmann::json mirror = value_in(*find_field("mirror"), context.state.config);
  if (mirror.empty())
    return immutable("the stream on the server is no mirror");
  if (mirror.contains("external"))
    return {};
  return immutable(
      fmt::format("the server takes it from allow_direct of {0}: set that one, and here {1}",
                  mirror.value("name", "?"), context.from.dump()));
}

Verdict classify_sources(const FieldContext& context) {
  std::vector<std::string> gone;
  bool is_read_anew = false;
  for (const auto& source : context.from)
    if (std::ranges::none_of(context.to,
                             [&](const auto& other) { return same_source(source, other); })) {
      gone.push_back(name_of(source));
      is_read_anew = is_read_anew || std::ranges::any_of(context.to, [&](const auto& other) {
                       return other.value("name", "") == source.value("name", "");
                     });
    }
  if (gone.empty())
    return {};
  return {.change = Change::kLossy,
          .at_stake = fmt::format("what arrives from {}", fmt::join(gone, ", ")),
          .why =
              "the stream would stop storing it; a source with another filter is read from its "
              "start, which may store messages twice"};
}

}  // namespace unified::jetstream
