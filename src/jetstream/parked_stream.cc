#include "jetstream/parked_stream.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/bound.h"

namespace unified::jetstream {
namespace {

constexpr std::int64_t kShortestWindowNs = 100'000'000;

}  // namespace

std::string parked_subject(const std::string& stream) {
  return "unified-migrating." + stream;
}

bool is_parked(const nlohmann::json& config) {
  const std::vector<std::string> subjects = subjects_of(config);
  const std::string parked = parked_subject(text_at(config, "name"));
  return subjects.size() == 1 && (subjects.front() == parked || subjects.front() == parked + ".>");
}

nlohmann::json parked_config(nlohmann::json config) {
  config["subjects"] = {parked_subject(text_at(config, "name"))};
  config["max_age"] = 0;
  return config;
}

nlohmann::json unparked_config(nlohmann::json now, const nlohmann::json& wanted) {
  std::vector<std::string> subjects = subjects_of(now);
  const std::string parked = parked_subject(text_at(now, "name"));
  const auto taken_away = std::erase_if(subjects, [&](const std::string& subject) {
    return subject == parked || subject == parked + ".>";
  });
  if (taken_away > 0 || subjects.empty())
    for (const std::string& subject : subjects_of(wanted))
      if (std::ranges::find(subjects, subject) == subjects.end())
        subjects.push_back(subject);
  now["subjects"] = subjects;
  if (int_at(now, "max_age") == 0)
    now["max_age"] = wanted.value("max_age", nlohmann::json(0));
  return now;
}

nlohmann::json sealed_config(nlohmann::json now) {
  nlohmann::json sealed = parked_config(std::move(now));
  sealed["sealed"] = true;
  // It is only read and deleted from now on. A limit that somebody raises in this very moment would
  // come back and drop messages at once.
  for (const char* limit : {"max_msgs", "max_bytes"})
    sealed[limit] = -1;
  // nats-server 2.9 goes on taking what a source brings into a sealed stream.
  sealed.erase("sources");
  return sealed;
}

nlohmann::json opened_config(nlohmann::json wanted, const nlohmann::json& now) {
  if (!is_set(now, "sealed"))
    return wanted;
  nlohmann::json opened = now;  // nats-server refuses to unseal, and has set the rest of it
  opened["subjects"] = wanted.value("subjects", nlohmann::json::array());
  return opened;
}

std::string parked_note(const std::string& stream) {
  return fmt::format(
      "it is being migrated (its only subject is {}), by the supervisor that runs its nats-server "
      "(`migrate {}`, `status` there): left alone until it has its subjects again; if no "
      "supervisor migrates it, give them back (`nats stream edit {} --subjects …`)",
      parked_subject(stream), stream, stream);
}

nlohmann::json loading_config(nlohmann::json config) {
  const std::string parked = parked_subject(text_at(config, "name")) + ".>";
  config["subjects"] = {parked};
  config["subject_transform"] = {{"src", parked}, {"dest", ">"}};
  for (const char* limit : {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size"})
    config[limit] = -1;
  config["max_age"] = 0;
  config["discard"] = "old";
  // The same id may come twice in what was stored over days.
  config["duplicate_window"] = kShortestWindowNs;
  config["deny_delete"] = false;
  config["deny_purge"] = false;
  for (const char* field : {"discard_new_per_subject", "first_seq", "republish"})
    config.erase(field);
  return config;
}

}  // namespace unified::jetstream
