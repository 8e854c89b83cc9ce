#include "jetstream/sealed_stream.h"

#include <algorithm>

#include "jetstream/api_answers.h"

namespace unified::jetstream {
namespace {

/// The same consumers with the same configurations, wherever they are.
bool are_the_same(const nlohmann::json& before, const nlohmann::json& after) {
  return before.size() == after.size() &&
         std::ranges::all_of(before, [&](const nlohmann::json& one) {
           return std::ranges::any_of(after, [&](const nlohmann::json& other) {
             return text_at(one, "name") == text_at(other, "name") &&
                    one.value("config", nlohmann::json{}) ==
                        other.value("config", nlohmann::json{});
           });
         });
}

}  // namespace

nlohmann::json settled_state(const nlohmann::json& info) {
  const nlohmann::json state = info.value("state", nlohmann::json::object());
  nlohmann::json settled = nlohmann::json::object();
  for (const char* key : {"messages", "bytes", "first_seq", "last_seq", "num_deleted"})
    settled[key] = int_at(state, key);
  return settled;
}

SealedVerdict judge_sealed(const MigrationJournal& journal,
                           const nlohmann::json& state,
                           const nlohmann::json& consumers) {
  if (int_at(state, "last_seq") != int_at(journal.state, "last_seq") ||
      !are_the_same(journal.consumers, consumers))
    return SealedVerdict::kSaveAgain;
  if (state == journal.state)
    return consumers == journal.consumers ? SealedVerdict::kHeld : SealedVerdict::kMoved;
  const bool are_removed = text_at(journal.from, "retention") != "limits" &&
                           int_at(state, "messages") <= int_at(journal.state, "messages");
  return are_removed ? SealedVerdict::kMoved : SealedVerdict::kSaveAgain;
}

bool is_fed(const nlohmann::json& config) {
  return config.contains("sources") || config.contains("mirror");
}

}  // namespace unified::jetstream
