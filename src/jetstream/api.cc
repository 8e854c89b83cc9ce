#include "jetstream/api.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/fields.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kMaxPages =
    1000;  // a server that never reaches its own total must not hold us

/// Asks page by page (`offset`) until the server's total is reached. `take` returns how many the
/// page held.
std::optional<ApiFailure> for_each_page(
    const std::function<ApiResult<nlohmann::json>(std::int64_t offset)>& ask,
    const std::function<ApiResult<std::size_t>(nlohmann::json& page)>& take) {
  std::int64_t offset = 0;
  for (std::size_t page = 0; page < kMaxPages; ++page) {
    auto answer = ask(offset);
    if (!answer)
      return answer.error();
    const auto count = take(*answer);
    if (!count)
      return count.error();
    offset += static_cast<std::int64_t>(*count);
    if (*count == 0 || offset >= int_at(*answer, "total"))
      return std::nullopt;
  }
  return ApiFailure{.message = "cannot list streams: the server's list has no end"};
}

void take_unreachable(const nlohmann::json& page, std::vector<std::string>& names) {
  for (const char* key : {"missing", "offline"}) {
    const auto found = page.find(key);
    if (found == page.end())
      continue;
    for (const auto& [name, value] : found->items())
      names.push_back(found->is_object() || !value.is_string() ? name : value.get<std::string>());
  }
}

/// A field of a type that it never had (a server of the future, or none at all): nobody can say
/// what it means, so nothing is done with that stream.
ApiResult<StreamState> understood(StreamState stream, const std::string& operation) {
  for (const auto& [name, value] : stream.config.items())
    if (const Field* field = find_field(name); field != nullptr && !has_shape(*field, value))
      return ApiFailure{.message = fmt::format("{}: the {} of stream {} is of an unknown type",
                                               operation, name, stream.name)};
  return stream;
}

/// How many streams the page has.
ApiResult<std::size_t> take_streams(nlohmann::json& page, StreamList& list) {
  take_unreachable(page, list.unreachable);
  const auto streams = page.find("streams");
  if (streams == page.end() || !streams->is_array())
    return std::size_t{0};
  for (auto& answer : *streams) {
    auto stream = understood(parse_stream(std::move(answer)), "cannot list streams");
    if (!stream)
      return stream.error();
    list.streams.push_back(*std::move(stream));
  }
  return streams->size();
}

std::size_t take_names(const nlohmann::json& page, std::vector<std::string>& names) {
  const auto streams = page.find("streams");
  if (streams == page.end() || !streams->is_array())
    return 0;
  for (const auto& name : *streams)
    if (name.is_string())
      names.push_back(name.get<std::string>());
  return streams->size();
}

/// Text of a server or a user may be no UTF-8; dump() must not throw for it.
std::string payload_of(const nlohmann::json& body) {
  return body.is_null() ? std::string{}
                        : body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ApiResult<nlohmann::json> read_answer(const Result<std::string>& answer,
                                      const std::string& operation) {
  if (answer)
    return parse_answer(*answer, operation);
  return ApiFailure{.message = fmt::format("{}: {}", operation, answer.error().message),
                    .code = 0,
                    .err_code = 0,
                    .answered = false};
}

std::string operation_of(const StreamCommand& command) {
  return fmt::format("cannot {} stream {}", command.create ? "create" : "update",
                     text_at(command.body, "name"));
}

}  // namespace

ApiResult<nlohmann::json> Api::call(const std::string& subject,
                                    const nlohmann::json& body,
                                    const std::string& operation) {
  return read_answer(port_.request("$JS.API." + subject, payload_of(body), timeout_), operation);
}

ApiResult<StreamState> Api::stream_call(const std::string& subject,
                                        const nlohmann::json& body,
                                        const std::string& operation) {
  auto answer = call(subject, body, operation);
  if (!answer)
    return answer.error();
  return understood(parse_stream(std::move(*answer)), operation);
}

ApiResult<AccountInfo> Api::account_info() {
  const auto answer = call("INFO", nullptr, "cannot read the JetStream account");
  if (!answer)
    return answer.error();
  AccountInfo info;
  const auto api = answer->find("api");
  info.api_level = api == answer->end() ? 0 : static_cast<int>(int_at(*api, "level"));
  info.domain = text_at(*answer, "domain");
  info.streams = int_at(*answer, "streams");
  info.memory_used = int_at(*answer, "memory");
  info.storage_used = int_at(*answer, "storage");
  info.reserved_memory = int_at(*answer, "reserved_memory");
  info.reserved_storage = int_at(*answer, "reserved_storage");
  info.consumers = int_at(*answer, "consumers");
  if (const auto limits = answer->find("limits"); limits != answer->end()) {
    info.max_memory = int_at(*limits, "max_memory");
    info.max_storage = int_at(*limits, "max_storage");
  }
  return info;
}

ApiResult<StreamList> Api::list_streams() {
  StreamList list;
  const auto failure = for_each_page(
      [&](std::int64_t offset) {
        return call("STREAM.LIST", {{"offset", offset}}, "cannot list streams");
      },
      [&](nlohmann::json& page) { return take_streams(page, list); });
  if (failure)
    return *failure;
  return list;
}

ApiResult<std::vector<std::string>> Api::list_names() {
  std::vector<std::string> names;
  const auto failure = for_each_page(
      [&](std::int64_t offset) {
        return call("STREAM.NAMES", {{"offset", offset}}, "cannot list stream names");
      },
      [&](const nlohmann::json& page) { return take_names(page, names); });
  if (failure)
    return *failure;
  return names;
}

ApiResult<StreamState> Api::info(const std::string& name) {
  return stream_call("STREAM.INFO." + name, nullptr, "cannot read stream " + name);
}

void Api::info_all(
    const std::vector<std::string>& names,
    const std::function<void(std::size_t index, ApiResult<StreamState> answer)>& done) {
  std::vector<ApiRequest> requests;
  requests.reserve(names.size());
  for (const std::string& name : names)
    requests.push_back({"$JS.API.STREAM.INFO." + name, {}});
  port_.request_all(requests, timeout_, [&](std::size_t index, const Result<std::string>& answer) {
    const std::string operation = "cannot read stream " + names[index];
    auto parsed = read_answer(answer, operation);
    if (parsed)
      done(index, understood(parse_stream(*std::move(parsed)), operation));
    else
      done(index, parsed.error());
  });
}

ApiResult<StreamState> Api::create(const nlohmann::json& body) {
  return send({.create = true, .body = body});
}

ApiResult<StreamState> Api::update(const nlohmann::json& body) {
  return send({.create = false, .body = body});
}

ApiResult<StreamState> Api::send(const StreamCommand& command) {
  ApiResult<StreamState> result{ApiFailure{.message = operation_of(command), .answered = false}};
  send_all({command},
           [&](std::size_t, ApiResult<StreamState> answer) { result = std::move(answer); });
  return result;
}

void Api::send_all(
    const std::vector<StreamCommand>& commands,
    const std::function<void(std::size_t index, ApiResult<StreamState> answer)>& done) {
  std::vector<ApiRequest> requests;
  requests.reserve(commands.size());
  for (const StreamCommand& command : commands)
    requests.push_back({fmt::format("$JS.API.STREAM.{}.{}", command.create ? "CREATE" : "UPDATE",
                                    text_at(command.body, "name")),
                        payload_of(command.body)});
  port_.request_all(requests, timeout_, [&](std::size_t index, const Result<std::string>& answer) {
    const std::string operation = operation_of(commands[index]);
    auto parsed = read_answer(answer, operation);
    if (parsed)
      done(index, understood(parse_stream(*std::move(parsed)), operation));
    else
      done(index, parsed.error());
  });
}

}  // namespace unified::jetstream
