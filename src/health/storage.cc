#include "health/storage.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "health/disk_room.h"

namespace unified::health {
namespace {

/// A stream or disk this full is worth a word before it is worth an alarm (natscli's defaults,
/// nats-ops.md §4).
constexpr double kWarnShare = 0.75;
constexpr double kFullShare = 0.90;
constexpr std::int64_t kWarnFreeBytes = std::int64_t{512} * 1024 * 1024;
/// nats-server begins blocks of 8 MB, and writes the index of each stream anew: below this a
/// publish may be refused any moment.
constexpr std::int64_t kLeastFreeBytes = std::int64_t{64} * 1024 * 1024;
constexpr std::int64_t kLeastFreeInodes = 1000;
constexpr std::string_view kReadOnly =
    "the store's file system is read-only: nothing is stored (the kernel's log says why; mount it "
    "again for writing)";

double share(std::int64_t used, std::int64_t limit) {
  return limit <= 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

/// A full stream that discards old messages works as declared: worth a word, never a failure.
std::string full_streams(const Snapshot& snapshot) {
  std::string message;
  for (const StreamFacts& stream : snapshot.streams) {
    const double fullest = std::max(share(stream.messages, stream.max_messages),
                                    share(stream.bytes, stream.max_bytes));
    if (fullest >= kWarnShare)
      message += fmt::format("; stream {} is at {:.0f} % of its limit", stream.name, fullest * 100);
  }
  return message;
}

Check quota_check(const QuotaFacts& quota, const std::string& rest) {
  if (quota.max_bytes < 0)
    return {
        "storage", Status::kPass, format_bytes(quota.used_bytes) + " stored, no limit" + rest, {}};
  const double used = share(quota.used_bytes, quota.max_bytes);
  const Status status = used >= 1            ? Status::kFail
                        : used >= kFullShare ? Status::kWarn
                                             : Status::kPass;
  return {"storage",
          status,
          fmt::format("{} of {} used{}", format_bytes(quota.used_bytes),
                      format_bytes(quota.max_bytes), rest),
          {}};
}

bool is_low(std::int64_t free, std::int64_t total, std::int64_t least) {
  return total > 0 && (free < least || share(total - free, total) >= kFullShare);
}

/// What was declared and what the disk can give: "; the streams may grow by …", or nothing.
std::string broken_promise(const Snapshot& snapshot, const DiskFacts& disk) {
  if (disk.max_file < 0 || disk.total_bytes <= 0)
    return {};
  std::int64_t used = 0;
  std::int64_t growth = 0;
  bool is_bounded = true;
  for (const StreamFacts& stream : snapshot.streams) {
    if (!stream.on_file)
      continue;
    used += stream.bytes;
    is_bounded = is_bounded && stream.max_bytes >= 0;
    growth += std::max<std::int64_t>(stream.max_bytes - stream.bytes, 0);
  }
  const std::int64_t promised = std::max<std::int64_t>(disk.max_file - used, 0);
  const std::int64_t may_grow = is_bounded ? std::min(growth, promised) : promised;
  if (may_grow <= disk.free_bytes)
    return {};
  return fmt::format(
      "; the streams may grow by {} more (STREAM_MAX_BYTES, JETSTREAM_MAX_FILE={}), which the disk "
      "does not have",
      format_bytes(may_grow), format_bytes(disk.max_file));
}

std::string free_space(const DiskFacts& disk) {
  std::string text =
      fmt::format("{} of {} free", format_bytes(disk.free_bytes), format_bytes(disk.total_bytes));
  if (is_low(disk.free_inodes, disk.total_inodes, kLeastFreeInodes))
    text += fmt::format(", {} of {} inodes free", disk.free_inodes, disk.total_inodes);
  if (disk.full_in)
    text += ", full in " + roughly(*disk.full_in);
  if (disk.inodes_gone_in)
    text += ", without inodes in " + roughly(*disk.inodes_gone_in);
  return text;
}

bool can_store_safely(const DiskFacts& disk) {
  const bool bytes = disk.total_bytes <= 0 || disk.free_bytes >= kLeastFreeBytes;
  return bytes && (disk.free_inodes < 0 || disk.free_inodes >= kLeastFreeInodes);
}

}  // namespace

// nats-server has the files open and goes on storing into what nobody will find at its next start.
std::string lost_files(const Snapshot& snapshot) {
  if (!snapshot.disk)
    return {};
  if (!snapshot.disk->store_exists)
    return "the store's folder is gone: what is stored now is lost with nats-server's end";
  std::vector<std::string> lost;
  for (const StreamFacts& stream : snapshot.streams)
    if (stream.present && std::ranges::find(snapshot.disk->without_files, stream.name) !=
                              snapshot.disk->without_files.end())
      lost.push_back(stream.name);
  if (lost.empty())
    return {};
  return fmt::format(
      "the files of {} are gone from the store: what is stored now is lost with nats-server's end",
      fmt::join(lost, ", "));
}

std::string roughly(std::chrono::seconds span) {
  using std::chrono::hours;
  using std::chrono::minutes;
  if (span >= hours{2})
    return fmt::format("about {} h", std::chrono::round<hours>(span).count());
  if (span >= minutes{1})
    return fmt::format("about {} min", std::chrono::round<minutes>(span).count());
  return "less than a minute";
}

std::string shortage(const DiskFacts& disk) {
  const bool is_short = is_low(disk.free_bytes, disk.total_bytes, kWarnFreeBytes) ||
                        is_low(disk.free_inodes, disk.total_inodes, kLeastFreeInodes) ||
                        disk.full_in || disk.inodes_gone_in;
  return is_short ? free_space(disk) : std::string{};
}

Check storage_check(const Snapshot& snapshot) {
  if (!snapshot.disk && snapshot.quota)
    return quota_check(*snapshot.quota, full_streams(snapshot));
  if (!snapshot.disk && snapshot.store.ok && !snapshot.server_running)
    return {"storage", Status::kWarn, "not looked at: nats-server does not run", {}};
  if (!snapshot.disk)
    return {"storage",
            snapshot.store.ok ? Status::kWarn : Status::kFail,
            snapshot.store.ok ? "the store's file system can't be read" : snapshot.store.message,
            {}};
  const DiskFacts& disk = *snapshot.disk;
  if (const std::string lost = lost_files(snapshot); !lost.empty())
    return {"storage", Status::kFail, lost, {}};
  if (!snapshot.store_refusal.empty())
    return {"storage", Status::kFail, snapshot.store_refusal, {}};
  if (disk.read_only)
    return {"storage", Status::kFail, std::string{kReadOnly}, {}};
  if (!snapshot.store_complaint.empty())
    return {"storage",
            Status::kFail,
            "the store takes writes of ours, but nats-server could not write: " +
                snapshot.store_complaint,
            {}};
  const std::string promise = broken_promise(snapshot, disk);
  const std::string& doubt = snapshot.store_doubt;
  const std::string message =
      doubt + (doubt.empty() ? "" : "; ") + free_space(disk) + full_streams(snapshot) + promise;
  if (!can_store_safely(disk))
    return {"storage", Status::kFail, message, {}};
  const bool is_worth_a_word = !shortage(disk).empty() || !promise.empty() || !doubt.empty();
  return {"storage", is_worth_a_word ? Status::kWarn : Status::kPass, message, {}};
}

std::vector<std::string> store_reasons(const Snapshot& snapshot) {
  std::vector<std::string> reasons;
  if (!snapshot.store.ok)
    reasons.push_back(snapshot.store.message);
  if (const std::string lost = lost_files(snapshot); !lost.empty())
    reasons.push_back(lost);
  if (!snapshot.store_refusal.empty())
    reasons.push_back(snapshot.store_refusal);
  else if (snapshot.disk && snapshot.disk->read_only)
    reasons.emplace_back(kReadOnly);
  if (snapshot.disk && is_full(*snapshot.disk))
    reasons.push_back("the store's disk is full: " + what_is_left(*snapshot.disk));
  return reasons;
}

}  // namespace unified::health
