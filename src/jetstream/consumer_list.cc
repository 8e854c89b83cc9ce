#include "jetstream/consumer_list.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "jetstream/api_answers.h"
#include "jetstream/consumer_fields.h"

namespace unified::jetstream {
namespace {

/// A server that never reaches its own total must not hold us.
constexpr int kMaxConsumerPages = 1000;

ApiFailure cannot_list(const std::string& stream, const std::string& cause) {
  return {.message = fmt::format("cannot list the consumers of stream {}: {}", stream, cause)};
}

/// Taken out of the object, which is thrown away.
nlohmann::json taken(nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nlohmann::json{} : std::move(*found);
}

/// The first name in `missing` (a list) or `offline` (a map to the reason): there, but the server
/// can't say more.
std::optional<std::string> unreachable(const nlohmann::json& page) {
  for (const char* key : {"missing", "offline"}) {
    const auto found = page.find(key);
    if (found == page.end() || !found->is_structured() || found->empty())
      continue;
    const auto first = found->items().begin();
    return first.value().is_string() && found->is_array() ? first.value().get<std::string>()
                                                          : first.key();
  }
  return std::nullopt;
}

std::optional<std::string> field_of_unknown_type(const ConsumerState& consumer) {
  for (const auto& [name, value] : consumer.config.items())
    if (const Field* field = find_consumer_field(name);
        field != nullptr && !has_shape(*field, value))
      return name;
  return std::nullopt;
}

/// Whether there are more pages.
ApiResult<bool> take_page(const std::string& stream,
                          const Result<std::string>& answer,
                          std::vector<ConsumerState>& consumers) {
  if (!answer) {
    ApiFailure failure = cannot_list(stream, answer.error().message);
    failure.answered = false;
    return failure;
  }
  auto page = parse_answer(*answer, "cannot list the consumers of stream " + stream);
  if (!page)
    return page.error();
  if (const auto name = unreachable(*page))
    return cannot_list(stream, fmt::format("consumer {} is there, but offline", *name));
  nlohmann::json list = taken(*page, "consumers");
  if (!list.is_array() || list.empty())
    return false;
  for (nlohmann::json& info : list) {
    consumers.push_back(parse_consumer_state(stream, std::move(info)));
    if (const auto field = field_of_unknown_type(consumers.back()))
      return cannot_list(stream, fmt::format("the {} of consumer {} is of an unknown type", *field,
                                             consumers.back().name));
  }
  return static_cast<std::int64_t>(consumers.size()) < int_at(*page, "total");
}

}  // namespace

ConsumerState parse_consumer_state(const std::string& stream, nlohmann::json answer) {
  ConsumerState consumer;
  consumer.stream = stream;
  consumer.config = nlohmann::json::object();
  if (!answer.is_object())
    return consumer;
  if (nlohmann::json config = taken(answer, "config"); config.is_object())
    consumer.config = std::move(config);
  consumer.name = text_at(answer, "name");
  if (consumer.name.empty())
    consumer.name = text_at(consumer.config, "durable_name");
  const nlohmann::json delivered = taken(answer, "delivered");
  consumer.delivered_stream_seq = int_at(delivered, "stream_seq");
  consumer.delivered_consumer_seq = int_at(delivered, "consumer_seq");
  const nlohmann::json floor = taken(answer, "ack_floor");
  consumer.ack_floor_stream_seq = int_at(floor, "stream_seq");
  consumer.ack_floor_consumer_seq = int_at(floor, "consumer_seq");
  consumer.pending = int_at(answer, "num_pending");
  consumer.ack_pending = int_at(answer, "num_ack_pending");
  return consumer;
}

std::vector<ApiResult<std::vector<ConsumerState>>> list_consumers(
    ApiPort& port, const std::vector<std::string>& streams, std::chrono::milliseconds timeout) {
  std::vector<ApiResult<std::vector<ConsumerState>>> lists(streams.size(),
                                                           std::vector<ConsumerState>{});
  std::vector<std::size_t> open(streams.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  for (int page = 0; page < kMaxConsumerPages && !open.empty(); ++page) {
    std::vector<ApiRequest> requests;
    requests.reserve(open.size());
    for (const std::size_t which : open)
      requests.push_back({"$JS.API.CONSUMER.LIST." + streams[which],
                          fmt::format(R"({{"offset":{}}})", lists[which]->size())});
    std::vector<std::size_t> unfinished;
    port.request_all(requests, timeout, [&](std::size_t index, Result<std::string> answer) {
      const std::size_t which = open[index];
      const auto more = take_page(streams[which], answer, *lists[which]);
      if (!more)
        lists[which] = more.error();
      else if (*more)
        unfinished.push_back(which);
    });
    open = std::move(unfinished);
  }
  for (auto& list : lists)
    if (list)
      std::ranges::sort(*list, {}, &ConsumerState::name);
  return lists;
}

ApiResult<std::vector<ConsumerState>> list_consumers(ApiPort& port,
                                                     const std::string& stream,
                                                     std::chrono::milliseconds timeout) {
  return list_consumers(port, std::vector{stream}, timeout).front();
}

}  // namespace unified::jetstream
