#include "app/meta_keeping_port.h"

#include <fmt/format.h>

#include "app/kept_meta.h"
#include "jetstream/made_object.h"

namespace unified::app {

Result<std::string> MetaKeepingPort::request(const std::string& subject,
                                             const std::string& payload,
                                             std::chrono::milliseconds timeout) {
  if (const auto kept = keep(subject); !kept)
    return kept.error();
  auto answer = port_.request(subject, payload, timeout);
  drop(subject, answer);
  return answer;
}

void MetaKeepingPort::request_all(
    const std::vector<jetstream::ApiRequest>& requests,
    std::chrono::milliseconds timeout,
    const std::function<void(std::size_t index, Result<std::string> answer)>& answered) {
  std::vector<jetstream::ApiRequest> sent;
  std::vector<std::size_t> places;
  for (std::size_t index = 0; index < requests.size(); ++index) {
    if (const auto kept = keep(requests[index].subject); !kept) {
      answered(index, kept.error());
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

Result<void> MetaKeepingPort::keep(const std::string& subject) const {
  const auto object = store_dir_.empty() ? std::nullopt : jetstream::made_by(subject);
  if (!object)
    return {};
  const auto kept = keep_meta(store_dir_, *object);
  if (kept)
    return {};
  return Error{fmt::format("not changed, for its configuration can't be copied first: {}",
                           kept.error().message)};
}

void MetaKeepingPort::drop(const std::string& subject, const Result<std::string>& answer) const {
  // Without an answer the change may still come.
  if (store_dir_.empty() || !answer)
    return;
  if (const auto object = jetstream::made_by(subject))
    drop_kept_meta(store_dir_, *object);
}

}  // namespace unified::app
