#include "app/noting_port.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace unified::app {
namespace {

bool is_refusal(const std::string& answer) {
  const auto parsed = nlohmann::json::parse(answer, nullptr, false);
  return parsed.is_object() && parsed.contains("error");
}

}  // namespace

Result<std::string> NotingPort::request(const std::string& subject,
                                        const std::string& payload,
                                        std::chrono::milliseconds timeout) {
  auto answer = port_.request(subject, payload, timeout);
  note(subject, answer);
  return answer;
}

void NotingPort::request_all(
    const std::vector<jetstream::ApiRequest>& requests,
    std::chrono::milliseconds timeout,
    const std::function<void(std::size_t index, Result<std::string> answer)>& answered) {
  port_.request_all(requests, timeout, [&](std::size_t index, Result<std::string> answer) {
    note(requests.at(index).subject, answer);
    answered(index, std::move(answer));
  });
}

void NotingPort::note(const std::string& subject, const Result<std::string>& answer) const {
  if (!on_made_)
    return;
  const auto made = jetstream::made_by(subject);
  if (made && !(answer && is_refusal(*answer)))
    on_made_(*made);
}

}  // namespace unified::app
