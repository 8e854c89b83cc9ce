#include "health/resources.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"

namespace unified::health {
namespace {

constexpr double kNearLimit = 0.90;

using nlohmann::json;

std::int64_t number(const json& body, const char* pointer) {
  const json::json_pointer at{pointer};
  if (!body.contains(at) || !body.at(at).is_number())
    return 0;
  return body.at(at).get<std::int64_t>();
}

struct Judgement {
  Status status = Status::kPass;
  std::string text;

  void add(Status worse, const std::string& sentence) {
    status = std::max(status, worse);
    text += (text.empty() ? "" : ", ") + sentence;
  }
};

/// A limit of 0 or less is none.
Status share_status(std::int64_t used, std::int64_t limit) {
  if (limit <= 0)
    return Status::kPass;
  if (used >= limit)
    return Status::kFail;
  const bool near = static_cast<double>(used) >= kNearLimit * static_cast<double>(limit);
  return near ? Status::kWarn : Status::kPass;
}

void judge_bytes(const json& body,
                 const char* what,
                 const char* used_at,
                 const char* limit_at,
                 Judgement& judgement) {
  const std::int64_t used = number(body, used_at);
  const std::int64_t limit = number(body, limit_at);
  judgement.add(share_status(used, limit),
                fmt::format("{} of {} {}", format_bytes(used), format_bytes(limit), what));
}

}  // namespace

Check resources_check(std::string_view varz) {
  const auto body = json::parse(varz, nullptr, false);
  if (!body.is_object())
    return {"resources", Status::kFail, "/varz is not a nats-server's answer", {}};
  Judgement judgement;
  const std::int64_t connections = number(body, "/connections");
  const std::int64_t most = number(body, "/max_connections");
  judgement.add(share_status(connections, most),
                fmt::format("{} of {} connections", connections, most));
  if (body.contains(json::json_pointer{"/jetstream/config"})) {
    judge_bytes(body, "JetStream files", "/jetstream/stats/storage",
                "/jetstream/config/max_storage", judgement);
    judge_bytes(body, "JetStream memory", "/jetstream/stats/memory", "/jetstream/config/max_memory",
                judgement);
  }
  if (const std::int64_t slow = number(body, "/slow_consumers"); slow > 0)
    judgement.add(Status::kWarn, fmt::format("{} slow consumer(s) so far", slow));
  return {"resources", judgement.status, judgement.text, {}};
}

}  // namespace unified::health
