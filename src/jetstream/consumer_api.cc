#include "jetstream/consumer_api.h"

#include <utility>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/consumer_list.h"

namespace unified::jetstream {
namespace {

std::string operation_of(const ConsumerCommand& command) {
  return fmt::format("cannot {} consumer {} of stream {}", command.create ? "create" : "update",
                     command.name, command.stream);
}

ApiRequest request_of(const ConsumerCommand& command) {
  const nlohmann::json body{{"stream_name", command.stream},
                            {"config", command.config},
                            {"action", command.create ? "create" : "update"}};
  // The one form that every server from 2.9 on takes for a durable with any number of filters.
  return {fmt::format("$JS.API.CONSUMER.DURABLE.CREATE.{}.{}", command.stream, command.name),
          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

ApiFailure unanswered(const std::string& operation, const Error& error) {
  return {.message = fmt::format("{}: {}", operation, error.message),
          .code = 0,
          .err_code = 0,
          .answered = false};
}

}  // namespace

void ConsumerApi::send_all(const std::vector<ConsumerCommand>& commands, const Done& done) {
  std::vector<ApiRequest> requests;
  requests.reserve(commands.size());
  for (const ConsumerCommand& command : commands)
    requests.push_back(request_of(command));
  port_.request_all(requests, timeout_, [&](std::size_t index, const Result<std::string>& answer) {
    const ConsumerCommand& command = commands[index];
    if (!answer) {
      done(index, unanswered(operation_of(command), answer.error()));
      return;
    }
    auto parsed = parse_answer(*answer, operation_of(command));
    if (parsed)
      done(index, parse_consumer_state(command.stream, *std::move(parsed)));
    else
      done(index, parsed.error());
  });
}

ApiResult<ConsumerState> ConsumerApi::send(const ConsumerCommand& command) {
  ApiResult<ConsumerState> result{ApiFailure{.message = operation_of(command), .answered = false}};
  send_all({command},
           [&](std::size_t, ApiResult<ConsumerState> answer) { result = std::move(answer); });
  return result;
}

void ConsumerApi::info_all(const std::vector<ConsumerCommand>& consumers, const Done& done) {
  std::vector<ApiRequest> requests;
  requests.reserve(consumers.size());
  for (const ConsumerCommand& one : consumers)
    requests.push_back({fmt::format("$JS.API.CONSUMER.INFO.{}.{}", one.stream, one.name), {}});
  port_.request_all(requests, timeout_, [&](std::size_t index, const Result<std::string>& answer) {
    const ConsumerCommand& one = consumers[index];
    const std::string operation =
        fmt::format("cannot read consumer {} of stream {}", one.name, one.stream);
    if (!answer) {
      done(index, unanswered(operation, answer.error()));
      return;
    }
    auto parsed = parse_answer(*answer, operation);
    if (parsed)
      done(index, parse_consumer_state(one.stream, *std::move(parsed)));
    else
      done(index, parsed.error());
  });
}

ApiResult<ConsumerState> ConsumerApi::info(const std::string& stream, const std::string& name) {
  ApiResult<ConsumerState> result{ApiFailure{.message = {}, .answered = false}};
  info_all({{.stream = stream, .name = name}},
           [&](std::size_t, ApiResult<ConsumerState> answer) { result = std::move(answer); });
  return result;
}

ApiResult<bool> ConsumerApi::remove(const std::string& stream, const std::string& name) {
  const std::string operation = fmt::format("cannot delete consumer {} of stream {}", name, stream);
  const auto answer =
      port_.request(fmt::format("$JS.API.CONSUMER.DELETE.{}.{}", stream, name), {}, timeout_);
  if (!answer)
    return unanswered(operation, answer.error());
  const auto parsed = parse_answer(*answer, operation);
  if (!parsed)
    return parsed.error();
  return true;
}

}  // namespace unified::jetstream
