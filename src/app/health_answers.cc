#include "app/health_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "health/parts.h"

namespace unified::app {

api::Response readiness_answer(const std::vector<std::string>& reasons) {
  if (reasons.empty())
    return {200, "ready\n", api::kPlainText};
  return {503, fmt::format("not ready: {}\n", fmt::join(reasons, "; ")), api::kPlainText};
}

api::Response checks_answer(const std::vector<health::Check>& checks, bool text) {
  const int status = health::worst(checks) == health::Status::kFail ? 503 : 200;
  if (text)
    return {status, health::to_text(checks), api::kPlainText};
  return {status, health::to_json(checks)};
}

nlohmann::ordered_json not_working(const std::vector<health::PartFacts>& parts) {
  nlohmann::ordered_json sentences = nlohmann::ordered_json::array();
  for (const health::PartFacts& part : parts)
    if (!part.why.empty())
      sentences.push_back(health::sentence(part));
  return sentences;
}

nlohmann::ordered_json stream_json(const health::StreamFacts& facts) {
  return {{"name", facts.name},
          {"present", facts.present},
          {"messages", facts.messages},
          {"bytes", facts.bytes},
          {"declared_subjects", facts.declared_subjects},
          {"unbound_subjects", facts.unbound_subjects}};
}

}  // namespace unified::app
