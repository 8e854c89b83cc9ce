#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "base/subjects.h"
#include "jetstream/bound.h"
#include "jetstream/fields.h"
#include "jetstream/store.h"
#include "jetstream/store_places.h"
#include "jetstream/store_reserved.h"
#include "jetstream/store_upgrade.h"

namespace unified::jetstream {
namespace {

constexpr std::string_view kLocalAccount = "$G";  // where declared streams live

class Preflight {
 public:
  Preflight(const StoreFacts& disk, const std::optional<StoreMarker>& marker, const Wanted& wanted)
      : disk_(disk),
        marker_(marker),
        wanted_(wanted) {}

  PreflightReport run() {
    check_key();
    check_upgrade(disk_, marker_, wanted_, report_);
    check_clustered();
    check_migrating();
    check_limit("JETSTREAM_MAX_FILE", wanted_.max_file,
                reserved_file(disk_, marker_, wanted_.streams));
    check_limit("JETSTREAM_MAX_MEMORY", wanted_.max_memory, reserved_memory(wanted_.streams));
    check_usage();
    check_half_made();
    for (const StoredStream& stream : disk_.streams)
      check_renamed(stream);
    check_places(disk_, report_);
    check_vanished();
    check_version();
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::vector<std::string> names(bool encrypted) const {
    std::vector<std::string> found;
    for (const StoredStream& stream : disk_.streams)
      if (stream.encrypted == encrypted)
        found.push_back(stream.account == kLocalAccount ? stream.name
                                                        : stream.account + "/" + stream.name);
    return found;
  }

  /// A node that joins a meta group deletes every stream that the group did not assign to it
  /// ("Detected orphaned stream …, will cleanup"), so a standalone server's streams would be gone
  /// within a minute.
  void check_clustered() {
    const auto has_streams = !names(true).empty() || !names(false).empty();
    // The folder of the meta group stays when the cluster is switched off: what the last start was
    // counts.
    const bool was_clustered =
        marker_ && marker_->clustered ? *marker_->clustered : disk_.cluster_state;
    if (!wanted_.clustered || was_clustered || !has_streams)
      return;
    auto streams = names(false);
    const auto locked = names(true);
    streams.insert(streams.end(), locked.begin(), locked.end());
    report_.errors.push_back(
        fmt::format("NATS_CLUSTER_ENABLED=true, but {} holds {} stream(s) of a standalone server "
                    "({}): nats-server deletes "
                    "streams that its cluster does not know. Back them up with the cluster off "
                    "(`nats account backup`), give "
                    "the node another JETSTREAM_STORE_DIR and restore them into the cluster",
                    disk_.path, streams.size(), fmt::join(streams, ", ")));
  }

  /// While the only stream is away nothing else keeps a server from being started so.
  void check_migrating() {
    const std::string_view variable = wanted_.clustered ? "NATS_CLUSTER_ENABLED"
                                      : wanted_.key_fingerprint.empty()
                                          ? ""
                                          : "JETSTREAM_ENCRYPTION_KEY";
    if (variable.empty())
      return;
    for (const auto& [stream, folder] : disk_.migrating)
      report_.errors.push_back(fmt::format(
          "stream {} was being migrated ({}), which can't go on with {}: start without it until it "
          "is ready (or, if the journal there can't be read, until that folder is moved away)",
          stream, folder, variable));
  }

  [[nodiscard]] bool key_is_known() const {
    return marker_ && marker_->encrypted && marker_->key_fingerprint == wanted_.key_fingerprint;
  }

  void check_key() {
    const auto locked = names(true);
    const auto open = names(false);
    const bool has_key = !wanted_.key_fingerprint.empty();
    if (!has_key && !locked.empty())
      refuse_missing_key(locked);
    else if (has_key && !locked.empty() && marker_ && marker_->encrypted && !key_is_known())
      refuse_other_key(locked);
    else if (has_key && !open.empty() && !key_is_known())
      check_added_key(open);
  }

  void refuse_missing_key(const std::vector<std::string>& locked) {
    report_.errors.push_back(
        fmt::format("JETSTREAM_ENCRYPTION_KEY is not set, but {} stream(s) in {} are encrypted "
                    "({}): the server "
                    "would not load them. Set the key that they were written with; without it they "
                    "can't be read. "
                    "To begin with an empty store instead, set another JETSTREAM_STORE_DIR",
                    locked.size(), disk_.path, fmt::join(locked, ", ")));
  }

  void refuse_other_key(const std::vector<std::string>& locked) {
    report_.errors.push_back(fmt::format(
        "JETSTREAM_ENCRYPTION_KEY is not the key that {} stream(s) in {} were encrypted with ({}): "
        "the "
        "server would not load them. Set the former key again. To change the key: back the streams "
        "up "
        "with the former key, and restore them into another JETSTREAM_STORE_DIR with the new one",
        locked.size(), disk_.path, fmt::join(locked, ", ")));
  }

  void check_added_key(const std::vector<std::string>& open) {
    const std::string fact = fmt::format(
        "JETSTREAM_ENCRYPTION_KEY is set, and {} stream(s) in {} are not encrypted ({}): the "
        "server "
        "encrypts them in place at its start, and never loads them again without this key",
        open.size(), disk_.path, fmt::join(open, ", "));
    if (wanted_.allowed.irreversible)
      report_.warnings.push_back(fact + " (permitted by RECONCILE_ALLOW)");
    else
      report_.errors.push_back(
          fact +
          ". Back up first and set RECONCILE_ALLOW=irreversible if this is meant; "
          "otherwise unset the key");
  }

  void check_limit(std::string_view variable, std::int64_t limit, const Reservation& reserved) {
    // In a cluster a declared stream may be placed on other nodes: only what is here counts.
    const std::int64_t needed = wanted_.clustered ? reserved.stored() : reserved.total();
    if (limit < 0 || needed <= limit)
      return;
    const std::string consequence =
        reserved.stored() > limit
            ? "the server would not load every stream, or refuse to store (10047, 10023)"
            : "the server would refuse the declared size (10047)";
    report_.errors.push_back(fmt::format(
        "{}={} ({}) is below the {} bytes ({}) that streams reserve by max_bytes: {}; {}. Raise {} "
        "to at "
        "least {}, or lower STREAM_MAX_BYTES (of a stream that exists: before {}, with "
        "RECONCILE_ALLOW=lossy if messages are at stake)",
        variable, limit, format_bytes(limit), reserved.total(), format_bytes(reserved.total()),
        reserved.breakdown(), consequence, variable, reserved.total(), variable));
  }

  void check_usage() {
    std::int64_t used = 0;
    for (const StoredStream& stream : disk_.streams)
      used += stream.bytes;
    if (wanted_.max_file >= 0 && used > wanted_.max_file)
      report_.warnings.push_back(fmt::format(
          "{} holds {} and JETSTREAM_MAX_FILE is {}: everything is loaded, but every "
          "publish is refused (10023) until enough has expired; raise JETSTREAM_MAX_FILE",
          disk_.path, format_bytes(used), format_bytes(wanted_.max_file)));
  }

  void check_half_made() {
    for (const StoredStream& stream : disk_.streams)
      if (!stream.half_made.empty())
        report_.warnings.push_back(
            half_made_text(stream.folder, stream.half_made, stream.holds_messages));
  }

  [[nodiscard]] bool is_declared(const std::string& name) const {
    return std::ranges::find(wanted_.streams, name, &StreamSpec::name) != wanted_.streams.end();
  }

  [[nodiscard]] bool is_on_disk(const std::string& name) const {
    return std::ranges::any_of(disk_.streams, [&](const StoredStream& stream) {
      return stream.account == kLocalAccount && stream.name == name;
    });
  }

  [[nodiscard]] const MarkedStream* remembered(const std::string& name) const {
    if (!marker_)
      return nullptr;
    const auto found = std::ranges::find(marker_->streams, name, &MarkedStream::name);
    return found == marker_->streams.end() ? nullptr : &*found;
  }

  [[nodiscard]] std::vector<std::string> subjects_on_disk(const StoredStream& stream) const {
    if (!stream.config.is_null())
      return subjects_of(stream.config);
    const MarkedStream* memory = remembered(stream.name);
    return memory == nullptr ? std::vector<std::string>{} : memory->subjects;
  }

  /// A stream that is there and no longer declared, whose subjects a new one wants: the name was
  /// changed, and the messages would stay behind under the old one.
  void check_renamed(const StoredStream& stream) {
    if (stream.account != kLocalAccount || is_declared(stream.name))
      return;
    const auto subjects = subjects_on_disk(stream);
    for (const StreamSpec& spec : wanted_.streams)
      if (!is_on_disk(spec.name) && overlaps(subjects, subjects_of(spec.config)))
        add_renamed(stream, spec, subjects);
  }

  static bool overlaps(const std::vector<std::string>& left,
                       const std::vector<std::string>& right) {
    return std::ranges::any_of(left, [&](const std::string& one) {
      return std::ranges::any_of(right,
                                 [&](const auto& other) { return subjects_overlap(one, other); });
    });
  }

  void add_renamed(const StoredStream& stream,
                   const StreamSpec& spec,
                   const std::vector<std::string>& subjects) {
    const bool was_declared = remembered(stream.name) != nullptr;
    auto& list = was_declared ? report_.errors : report_.warnings;
    list.push_back(
        fmt::format("stream {} is declared ({}), but {} holds {}{} with the same subjects ({}): "
                    "the server does not "
                    "create {} beside it (10065), and a stream can't be renamed. Set "
                    "STREAM_NAME={} again; or keep "
                    "both, with other subjects for {}; or delete {} yourself when its messages are "
                    "no longer needed",
                    spec.name, spec.origin, disk_.path, stream.name,
                    was_declared ? ", which was declared before," : "", fmt::join(subjects, ", "),
                    spec.name, stream.name, spec.name, stream.name));
  }

  /// A client may have deleted it on purpose; but who removed files must hear that they were
  /// missed.
  void check_vanished() {
    if (!marker_ || marker_->clustered.value_or(false) || wanted_.clustered)
      return;
    for (const MarkedStream& stream : marker_->streams)
      if (stream.storage == "file" && is_declared(stream.name) && !is_on_disk(stream.name) &&
          !disk_.migrating.contains(stream.name))
        report_.warnings.push_back(vanished_text(stream.name));
  }

  [[nodiscard]] std::string vanished_text(const std::string& name) const {
    const auto spec = std::ranges::find(wanted_.streams, name, &StreamSpec::name);
    const bool in_memory =
        spec != wanted_.streams.end() && spec->config.value("storage", "") == "memory";
    if (in_memory && disk_.saved.contains(name))
      return fmt::format(
          "stream {} was in {} and is declared in memory now: it begins empty; what `migrate` "
          "saved of it is below {}/unified-migration",
          name, disk_.path, disk_.path);
    return fmt::format(
        "stream {} was in {} and is not there any more: a client deleted it, or its files were "
        "removed. It is created again, empty, unless it is paused; if that was not meant, stop now "
        "and restore a backup",
        name, disk_.path);
  }

  void check_version() {
    const auto before = marker_ ? parse_server_version(marker_->server_version) : std::nullopt;
    if (before && wanted_.version < *before && !disk_.streams.empty())
      report_.warnings.push_back(fmt::format(
          "nats-server {} is older than the {} that last wrote {}: settings that it does not know "
          "are "
          "lost, and newer stores are not promised to be readable; back up, or use {} again",
          to_text(wanted_.version), to_text(*before), disk_.path, to_text(*before)));
  }

  const StoreFacts& disk_;
  const std::optional<StoreMarker>& marker_;
  const Wanted& wanted_;
  PreflightReport report_;
};

}  // namespace

std::string half_made_text(const std::string& folder,
                           const std::string& what,
                           bool holds_messages) {
  if (holds_messages)
    return fmt::format(
        "{} holds messages, but nats-server can't load the stream: {} (a kill or a power loss "
        "while "
        "it was changed). Nothing is removed and it is not created anew, which could destroy them: "
        "put the file back from a backup of the store while no server runs, or copy the folder "
        "away",
        folder, what);
  return fmt::format(
      "{} is a stream that was never finished ({}; a kill or a full disk while it was created): "
      "nats-server does not load it, and may report itself unhealthy for it. Nothing is removed; "
      "create the stream again, or look into the folder and move it away while no server runs",
      folder, what);
}

PreflightReport preflight(const StoreFacts& on_disk,
                          const std::optional<StoreMarker>& marker,
                          const Wanted& wanted) {
  return Preflight{on_disk, marker, wanted}.run();
}

}  // namespace unified::jetstream
