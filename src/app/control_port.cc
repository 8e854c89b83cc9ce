#include "app/control_port.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/control_client.h"
#include "base/parse.h"

namespace unified::app {
namespace {

/// What the socket may cost on top of the request itself.
constexpr std::chrono::milliseconds kSocketPatience{1000};
constexpr std::chrono::milliseconds kEvidencePatience{5500};

}  // namespace

Result<std::string> ControlPort::request(const std::string& subject,
                                         const std::string& payload,
                                         std::chrono::milliseconds timeout) {
  const nlohmann::json body{
      {"subject", subject}, {"payload", payload}, {"timeout_ms", timeout.count()}};
  auto answer = api::control_post(
      socket_, "/jetstream", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      timeout + kSocketPatience);
  if (!answer)
    return Error{answer.error().message};
  if (answer->status != 200)
    return Error{std::string{trim(answer->body)}};
  return std::move(answer->body);
}

std::optional<std::string> ControlPort::evidence(const std::string& stream,
                                                 const std::string& consumer) const {
  const std::string object = consumer.empty() ? stream : stream + "/" + consumer;
  auto answer = api::control_get(socket_, "/evidence?" + object, kEvidencePatience);
  if (!answer)
    return "the supervisor can't be asked: " + answer.error().message;
  if (answer->status == 404 && trim(answer->body) == "nothing")
    return std::nullopt;
  return std::move(answer->body);
}

}  // namespace unified::app
