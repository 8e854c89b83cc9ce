#include "app/restore_look.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "jetstream/api_answers.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What one answer may hold is limited by our HTTP client (4 MiB), and what a look may cost by the
/// number of pages.
constexpr std::size_t kSubscriptionsPage = 4096;
constexpr std::size_t kMostSubscriptionPages = 64;

/// "$JS.SNAPSHOT.RESTORE.STREAM.ID" -> STREAM
std::optional<std::string> restored_stream(std::string_view subject) {
  constexpr std::string_view kPrefix = "$JS.SNAPSHOT.RESTORE.";
  if (!subject.starts_with(kPrefix))
    return std::nullopt;
  const std::string_view rest = subject.substr(kPrefix.size());
  const std::size_t dot = rest.find('.');
  return dot == std::string_view::npos ? std::nullopt
                                       : std::optional{std::string{rest.substr(0, dot)}};
}

/// The list is called `subscriptions_list`.
std::optional<std::set<std::string>> receiving_streams(const GetMonitorPage& get) {
  std::set<std::string> streams;
  for (std::size_t page = 0; page < kMostSubscriptionPages; ++page) {
    const auto body = get(fmt::format("/subsz?subs=1&limit={}&offset={}", kSubscriptionsPage,
                                      page * kSubscriptionsPage));
    const auto answer = body ? json::parse(*body, nullptr, false) : json{};
    if (!answer.is_object())
      return std::nullopt;
    const json list = answer.value("subscriptions_list", json::array());
    for (const json& subscription : list)
      if (auto stream = restored_stream(jetstream::text_at(subscription, "subject")))
        streams.insert(*std::move(stream));
    if (!list.is_array() || list.size() < kSubscriptionsPage)
      return streams;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> staged_bytes(const std::string& store_dir) {
  if (store_dir.empty())
    return std::nullopt;
  std::uint64_t bytes = 0;
  for (const fs::path& root : std::array{fs::path{store_dir} / "jetstream", fs::path{store_dir}}) {
    std::error_code error;
    for (fs::recursive_directory_iterator entry{root / ".snap-staging", error}, end;
         !error && entry != end; entry.increment(error)) {
      std::error_code gone;
      const std::uintmax_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
      // An empty one counts: it was just begun.
      bytes += gone ? 0 : size + 1;
    }
  }
  return bytes;
}

}  // namespace

jetstream::RestoreLook look_for_restores(const GetMonitorPage& get, const std::string& store_dir) {
  jetstream::RestoreLook look;
  if (get)
    look.receiving = receiving_streams(get);
  look.staged = staged_bytes(store_dir);
  return look;
}

}  // namespace unified::app
