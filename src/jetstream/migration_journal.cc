#include "jetstream/migration_journal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace unified::jetstream {
namespace {

constexpr std::array<std::pair<MigrationPhase, const char*>, 11> kPhases{
    {{MigrationPhase::kBegun, "begun"},
     {MigrationPhase::kSaved, "saved"},
     {MigrationPhase::kProved, "proved"},
     {MigrationPhase::kSealing, "sealing"},
     {MigrationPhase::kSealed, "sealed"},
     {MigrationPhase::kSealedSaved, "sealed-saved"},
     {MigrationPhase::kReplacing, "replacing"},
     {MigrationPhase::kReplaced, "replaced"},
     {MigrationPhase::kReturning, "returning"},
     {MigrationPhase::kReturned, "returned"},
     {MigrationPhase::kLeaving, "leaving"}}};
constexpr const char* kRestoreName = "restore";
constexpr const char* kLoadName = "load";

std::optional<MigrationPhase> phase_from(const std::string& text) {
  const auto* found =
      std::ranges::find_if(kPhases, [&](const auto& phase) { return phase.second == text; });
  return found == kPhases.end() ? std::nullopt : std::optional{found->first};
}

/// Throws what nlohmann throws, or std::out_of_range for a word that we don't know.
MigrationJournal journal_from(const nlohmann::json& json) {
  MigrationJournal journal;
  journal.format = json.at("format").get<int>();
  journal.stream = json.at("stream").get<std::string>();
  const auto phase = phase_from(json.at("phase").get<std::string>());
  const auto method = json.at("method").get<std::string>();
  if (!phase || (method != kRestoreName && method != kLoadName))
    throw std::out_of_range{"unknown phase or method"};
  journal.phase = *phase;
  journal.method = method == kLoadName ? MigrationMethod::kLoad : MigrationMethod::kRestore;
  journal.from = json.at("from");
  journal.to = json.at("to");
  if (!journal.from.is_object() || !journal.to.is_object() || journal.stream.empty())
    throw std::out_of_range{"no stream or no configuration"};
  journal.changed = json.at("changed").get<std::vector<std::string>>();
  journal.keep_backup = json.value("keep_backup", false);
  journal.begun = json.value("begun", "");
  journal.state = json.value("state", nlohmann::json::object());
  journal.origin = json.value("origin", "");
  journal.condemned = json.value("condemned", "");
  journal.ours = json.value("ours", false);
  // A journal of before this flag existed says by its phase only that a seal may have been sent.
  journal.seal_sent = json.value("seal_sent", journal.phase == MigrationPhase::kSealing);
  journal.parks = json.value("parks", 0);
  journal.again = json.value("again", std::int64_t{0});
  journal.moved_on = json.value("moved_on", false);
  journal.created = json.value("created", "");
  journal.consumers = json.value("consumers", nlohmann::json::array());
  journal.backup_bytes = json.value("backup_bytes", std::int64_t{0});
  journal.backup_sum = json.value("backup_sum", "");
  journal.digest = digest_from(json.value("digest", nlohmann::json::object()));
  journal.failure = json.value("failure", "");
  return journal;
}

bool was_in_memory(const MigrationJournal& journal) {
  return journal.from.value("storage", "") == "memory";
}

MigrationStep while_untouched(const MigrationJournal& journal, StreamSeen seen) {
  if (seen == StreamSeen::kSealed)
    return journal.seal_sent ? MigrationStep::kSaveLate : MigrationStep::kRefuse;
  if (seen == StreamSeen::kAbsent && !was_in_memory(journal))
    return MigrationStep::kHandsOff;
  if (seen == StreamSeen::kOpen)
    return MigrationStep::kPark;
  if (seen == StreamSeen::kAbsent && journal.backup_bytes == 0)
    return MigrationStep::kGone;
  if (seen == StreamSeen::kAbsent)
    return journal.phase == MigrationPhase::kProved ? MigrationStep::kReplace
                                                    : MigrationStep::kProve;  // nothing is newer
  // Whatever was saved before may be of another moment: consumers go on while it is parked.
  return journal.phase == MigrationPhase::kSaved    ? MigrationStep::kProve
         : journal.phase == MigrationPhase::kProved ? MigrationStep::kSeal
                                                    : MigrationStep::kSave;
}

bool goes_back(const MigrationJournal& journal) {
  return !journal.failure.empty();
}

MigrationStep while_sealing(const MigrationJournal& journal, StreamSeen seen) {
  const MigrationStep replace =
      goes_back(journal) ? MigrationStep::kReturn : MigrationStep::kReplace;
  switch (seen) {
    case StreamSeen::kSealed:
      return MigrationStep::kCompare;
    case StreamSeen::kAbsent:
      return journal.ours || was_in_memory(journal) ? replace : MigrationStep::kHandsOff;
    case StreamSeen::kParked:
    case StreamSeen::kOpen:
      break;
  }
  // A seal whose answer was lost may still be carried out. Once another one was, it is known what
  // is so, and the way back leads through the backup.
  if (journal.ours || (goes_back(journal) && journal.seal_sent))
    return MigrationStep::kSeal;
  if (goes_back(journal))
    return MigrationStep::kLeave;
  return seen == StreamSeen::kOpen ? MigrationStep::kPark : MigrationStep::kSeal;
}

/// It is sealed, and has to be saved again.
MigrationStep while_sealed(const MigrationJournal& journal, StreamSeen seen) {
  if (seen == StreamSeen::kSealed)
    return journal.phase == MigrationPhase::kSealed ? MigrationStep::kSave : MigrationStep::kProve;
  if (seen == StreamSeen::kParked || seen == StreamSeen::kOpen)
    return MigrationStep::kSeal;  // a power loss has undone it, and nothing of it is lost by
                                  // another
  return seen == StreamSeen::kAbsent && was_in_memory(journal) ? MigrationStep::kProve
                                                               : MigrationStep::kHandsOff;
}

/// `config`: what the stream has that was put in place.
MigrationStep when_in_place(const nlohmann::json& config,
                            StreamSeen seen,
                            MigrationStep open,
                            MigrationStep again) {
  if (seen != StreamSeen::kAbsent)
    return open;  // open: it was cut off between the last request and the journal
  return config.value("storage", "") == "memory" ? again : MigrationStep::kHandsOff;
}

}  // namespace

std::string to_text(MigrationPhase phase) {
  const auto* found =
      std::ranges::find(kPhases, phase, &std::pair<MigrationPhase, const char*>::first);
  return found == kPhases.end() ? "?" : found->second;
}

std::string to_text(const MigrationJournal& journal) {
  const nlohmann::json json{
      {"format", journal.format},
      {"stream", journal.stream},
      {"phase", to_text(journal.phase)},
      {"method", journal.method == MigrationMethod::kLoad ? kLoadName : kRestoreName},
      {"from", journal.from},
      {"to", journal.to},
      {"changed", journal.changed},
      {"keep_backup", journal.keep_backup},
      {"begun", journal.begun},
      {"state", journal.state},
      {"origin", journal.origin},
      {"condemned", journal.condemned},
      {"ours", journal.ours},
      {"seal_sent", journal.seal_sent},
      {"parks", journal.parks},
      {"again", journal.again},
      {"moved_on", journal.moved_on},
      {"created", journal.created},
      {"consumers", journal.consumers},
      {"backup_bytes", journal.backup_bytes},
      {"backup_sum", journal.backup_sum},
      {"digest", to_json(journal.digest)},
      {"failure", journal.failure}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<MigrationJournal> parse_journal(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    const int format = json.at("format").get<int>();
    if (format > MigrationJournal::kFormat)
      return Error{fmt::format("it has format {}, this release knows up to {}", format,
                               MigrationJournal::kFormat)};
    return journal_from(json);
  } catch (const std::exception& failure) {
    return Error{fmt::format("it can't be read: {}", failure.what())};
  }
}

MigrationStep next_step(const MigrationJournal& journal, StreamSeen seen) {
  switch (journal.phase) {
    case MigrationPhase::kBegun:
    case MigrationPhase::kSaved:
    case MigrationPhase::kProved:
      return while_untouched(journal, seen);
    case MigrationPhase::kSealing:
      return while_sealing(journal, seen);
    case MigrationPhase::kSealed:
    case MigrationPhase::kSealedSaved:
      return while_sealed(journal, seen);
    case MigrationPhase::kReplacing:
      return MigrationStep::kReplace;
    case MigrationPhase::kReplaced:
      return when_in_place(journal.to, seen, MigrationStep::kOpen, MigrationStep::kReplace);
    case MigrationPhase::kReturning:
      return MigrationStep::kReturn;
    case MigrationPhase::kReturned:
      return when_in_place(journal.from, seen, MigrationStep::kReopen, MigrationStep::kReturn);
    case MigrationPhase::kLeaving:
      break;
  }
  if (seen == StreamSeen::kSealed && journal.seal_sent)
    return MigrationStep::kSaveLate;
  if (seen == StreamSeen::kAbsent)
    return was_in_memory(journal) ? MigrationStep::kGone : MigrationStep::kHandsOff;
  return MigrationStep::kReopen;
}

bool may_be_sealed(MigrationPhase phase) {
  return phase == MigrationPhase::kSealing || phase == MigrationPhase::kSealed ||
         phase == MigrationPhase::kSealedSaved;
}

bool may_be_half_there(const MigrationJournal& journal) {
  return journal.phase == MigrationPhase::kReplacing || journal.phase == MigrationPhase::kReturning;
}

}  // namespace unified::jetstream
