#include "app/meta_keeping_port.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/kept_meta.h"
#include "jetstream/made_object.h"

namespace unified::app {

Result<std::string> MetaKeepingPort::request(const std::string& subject,
                                             const std::string& payload,
                                             std::chrono::milliseconds timeout) {
  if (auto refused = refusal(subject))
    return *std::move(refused);
  auto answer = port_.request(subject, payload, timeout);
  drop(subject, answer);
  return answer;
}

void MetaKeepingPort::request_all(
    const std::vector<jetstream::ApiRequest>& requests,
    std::chrono::milliseconds timeout,
    const std::function<void(std::size_t index, Result<std::string> answer)>& answered) {
  const bool changes = std::ranges::any_of(requests, [](const jetstream::ApiRequest& one) {
    return jetstream::made_by(one.subject).has_value();
  });
  if (store_dir_.empty() || !changes) {
    port_.request_all(requests, timeout, answered);
    return;
  }
  std::vector<jetstream::ApiRequest> sent;
  std::vector<std::size_t> places;
  for (std::size_t index = 0; index < requests.size(); ++index) {
    if (auto refused = refusal(requests[index].subject)) {
      answered(index, *std::move(refused));
      continue;
    }
    sent.push_back(requests[index]);
    places.push_back(index);
  }
  port_.request_all(sent, timeout, [&](std::size_t index, Result<std::string> answer) {
    drop(sent.at(index).subject, answer);
    answered(places.at(index), std::move(answer));
  });
}

std::optional<std::string> MetaKeepingPort::refusal(const std::string& subject) const {
  const auto object = store_dir_.empty() ? std::nullopt : jetstream::made_by(subject);
  if (!object)
    return std::nullopt;
  const auto kept = keep_meta(store_dir_, *object);
  if (kept)
    return std::nullopt;
  constexpr int kServerError = 500;
  const nlohmann::json error{
      {"code", kServerError},
      {"description",
       "not changed, for its configuration can't be copied first: " + kept.error().message}};
  return nlohmann::json{{"error", error}}.dump(-1, ' ', false,
                                               nlohmann::json::error_handler_t::replace);
}

void MetaKeepingPort::drop(const std::string& subject, const Result<std::string>& answer) const {
  // Without an answer the change may still come.
  if (store_dir_.empty() || !answer)
    return;
  if (const auto object = jetstream::made_by(subject))
    drop_kept_meta(store_dir_, *object);
}

}  // namespace unified::app
