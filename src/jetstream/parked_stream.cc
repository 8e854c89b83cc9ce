#include "jetstream/parked_stream.h"

#include <cstdint>
#include <vector>

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
