#include "app/store_state.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/pending_migrations.h"
#include "os/atomic_file.h"
#include "os/file_text.h"
#include "os/key_fingerprint.h"
#include "os/presence.h"
#include "os/process.h"
#include "os/store_scan.h"

namespace unified::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarkerName = "unified-nats.json";
constexpr const char* kLastStoreName = "last_store";
constexpr const char* kUsualStore = "/data/jetstream";
constexpr std::size_t kMaxMarkerBytes = std::size_t{4} * 1024 * 1024;

/// What can't be looked at may be there.
bool may_be_there(const fs::path& path) {
  const auto presence = os::presence_of(path.string());
  return !presence || *presence != os::Presence::kAbsent;
}

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored);
}

/// Of the last start with this RUN_DIR; empty if unknown.
std::string last_store(const std::string& run_dir) {
  const auto last = os::read_text_file((fs::path{run_dir} / kLastStoreName).string(), 4096);
  return last ? *last : std::string{};
}

std::string one_level_down(const std::string& store_dir) {
  return (fs::path{store_dir} / "jetstream").string();
}

/// Its marker, or something in nats-server's folder, which we make ourselves.
bool was_used(const std::string& store_dir) {
  const std::string inner = one_level_down(store_dir);
  std::error_code error;
  const bool empty = fs::is_empty(inner, error);
  return may_be_there(fs::path{store_dir} / kMarkerName) || (error ? may_be_there(inner) : !empty);
}

/// Where data of `store_dir`'s may be instead. A store that was used is meant, empty or not: then
/// only what was put into it a level too deep counts.
std::vector<std::string> other_places(const std::string& store_dir, const std::string& run_dir) {
  if (was_used(store_dir))
    return {one_level_down(store_dir)};
  std::vector<std::string> places;
  if (std::string last = last_store(run_dir); !last.empty())
    places.push_back(std::move(last));
  // In a container of our own; elsewhere the usual place may be another broker's.
  if (os::is_pid1())
    places.emplace_back(kUsualStore);
  // nats-server adds a folder `jetstream` itself, so the classic mistake is to be one level off.
  places.push_back(fs::path{store_dir}.parent_path().string());
  return places;
}

std::vector<jetstream::OtherStore> elsewhere(const std::string& store_dir,
                                             const std::string& run_dir) {
  std::vector<jetstream::OtherStore> found;
  for (const std::string& place : other_places(store_dir, run_dir)) {
    const bool known =
        same_place(place, store_dir) || std::ranges::any_of(found, [&place](const auto& other) {
          return same_place(other.path, place);
        });
    if (known || place.empty())
      continue;
    const auto streams = os::scan_store(place);
    if (!streams || streams->empty())
      continue;
    const std::string root = (fs::path{place} / "jetstream").string();
    found.push_back({place, static_cast<std::int64_t>(streams->size()), os::bytes_below(root)});
  }
  return found;
}

nlohmann::json stored_config(const std::string& text) {
  auto config = nlohmann::json::parse(text, nullptr, false);
  return config.is_object() ? config : nlohmann::json{};
}

}  // namespace

Result<std::optional<jetstream::StoreMarker>> read_marker(const std::string& store_dir) {
  const std::string path = (fs::path{store_dir} / kMarkerName).string();
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (error)
      return system_error("cannot look at " + path, error.value());
    return std::optional<jetstream::StoreMarker>{};
  }
  const auto text = os::read_text_file(path, kMaxMarkerBytes);
  if (!text)
    return text.error();
  auto marker = jetstream::parse_marker(*text);
  if (!marker)
    return Error{path + ": " + marker.error().message};
  return std::optional{*std::move(marker)};
}

Result<jetstream::Wanted> wanted_from(const config::Settings& settings,
                                      ServerVersion version,
                                      const std::vector<jetstream::StreamSpec>& streams,
                                      const std::optional<jetstream::StoreMarker>& marker) {
  jetstream::Wanted wanted;
  wanted.version = version;
  wanted.clustered = settings.cluster.enabled;
  wanted.max_memory = settings.jetstream.max_memory;
  wanted.max_file = settings.jetstream.max_file;
  wanted.streams = streams;
  wanted.allowed = allowed_from(settings.reconcile.allow);
  wanted.copy_meta = settings.jetstream.upgrade_copy_meta;
  if (settings.jetstream.encryption_key.empty())
    return wanted;
  auto fingerprint = os::key_fingerprint(settings.jetstream.encryption_key,
                                         marker ? marker->key_fingerprint : std::string{});
  if (!fingerprint)
    return fingerprint.error();
  wanted.key_fingerprint = *std::move(fingerprint);
  return wanted;
}

Result<jetstream::StoreFacts> store_facts(bool count_bytes,
                                          const std::string& store_dir,
                                          const std::string& run_dir) {
  auto scanned = os::scan_store(store_dir);
  if (!scanned)
    return scanned.error();
  jetstream::StoreFacts facts;
  facts.path = store_dir;
  facts.cluster_state = os::has_cluster_state(store_dir);
  auto begun = begun_migrations(store_dir);
  if (!begun)
    return begun.error();
  facts.migrating = *std::move(begun);
  facts.saved = kept_backups(store_dir);
  const auto add = [&facts, count_bytes](const std::vector<os::StoredStream>& streams) {
    for (const os::StoredStream& stream : streams)
      facts.streams.push_back({.account = stream.account,
                               .name = stream.name,
                               .folder = stream.folder,
                               .encrypted = stream.encrypted,
                               .bytes = count_bytes ? os::bytes_below(stream.folder) : 0,
                               .config = stored_config(stream.config_json),
                               .half_made = stream.half_made,
                               .holds_messages = stream.holds_messages});
  };
  add(*scanned);
  if (!facts.streams.empty())
    return facts;
  facts.elsewhere = elsewhere(store_dir, run_dir);
  facts.emptied = !was_used(store_dir) && last_store(run_dir) == store_dir;
  // For a reload: our nats-server may have made its first stream between the two looks, which the
  // second one takes for data that was put a level too deep.
  const auto again = os::scan_store(store_dir);
  if (!again)
    return again.error();
  if (!again->empty()) {
    facts.elsewhere.clear();
    facts.emptied = false;
    add(*again);
  }
  return facts;
}

Result<void> note_version(const std::string& store_dir, ServerVersion version) {
  const jetstream::StoreMarker marker{.server_version = to_text(version)};
  return os::write_file_atomically((fs::path{store_dir} / kMarkerName).string(),
                                   jetstream::to_text(marker), 0600);
}

Result<void> remember_store(const std::string& store_dir,
                            const std::string& run_dir,
                            const jetstream::StoreMarker& marker) {
  auto written = os::write_file_atomically((fs::path{store_dir} / kMarkerName).string(),
                                           jetstream::to_text(marker), 0600);
  if (!written)
    return written;
  return os::write_file_atomically((fs::path{run_dir} / kLastStoreName).string(), store_dir, 0600);
}

jetstream::Allowed allowed_from(const std::vector<config::Allow>& allow) {
  const auto has = [&allow](config::Allow what) {
    return std::ranges::find(allow, what) != allow.end();
  };
  return {has(config::Allow::kLossy), has(config::Allow::kIrreversible),
          has(config::Allow::kRecreate)};
}

}  // namespace unified::app
