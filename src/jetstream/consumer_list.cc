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

/// Names in `missing` (a list) or `offline` (a map to the reason). Returns how many.
std::size_t take_unreachable(const nlohmann::json& page, ConsumerList& list) {
  const std::size_t before = list.unreachable.size();
  for (const char* key : {"missing", "offline"}) {
    const auto found = page.find(key);
    if (found == page.end() || !found->is_structured())
      continue;
    for (const auto& [name, value] : found->items()) {
      const auto text = value.is_string() ? value.get<std::string>() : std::string{};
      if (found->is_object())
        list.unreachable.push_back(
            {name, fmt::format("the server has it offline: {}", text.empty() ? "?" : text)});
      else
        list.unreachable.push_back({text, "the server lists it but can't reach it"});
    }
  }
  return list.unreachable.size() - before;
}

std::optional<std::string> field_of_unknown_type(const ConsumerState& consumer) {
  for (const auto& [name, value] : consumer.config.items())
    if (const Field* field = find_consumer_field(name);
        field != nullptr && !has_shape(*field, value))
      return name;
  return std::nullopt;
}

void take_consumer(ConsumerState consumer, ConsumerList& list) {
  if (const auto field = field_of_unknown_type(consumer))
    list.unreachable.push_back(
        {std::move(consumer.name), fmt::format("its {} is of an unknown type", *field)});
  else
    list.consumers.push_back(std::move(consumer));
}

/// How far one stream's list is read.
struct Reading {
  std::size_t offset = 0;
  ConsumerList list;
};

/// Whether there are more pages.
ApiResult<bool> take_page(const std::string& stream,
                          const Result<std::string>& answer,
                          Reading& reading) {
  if (!answer) {
    ApiFailure failure = cannot_list(stream, answer.error().message);
    failure.answered = false;
    return failure;
  }
  auto page = parse_answer(*answer, "cannot list the consumers of stream " + stream);
  if (!page)
    return page.error();
  std::size_t count = take_unreachable(*page, reading.list);
  if (nlohmann::json infos = taken(*page, "consumers"); infos.is_array()) {
    count += infos.size();
    for (nlohmann::json& info : infos)
      take_consumer(parse_consumer_state(stream, std::move(info)), reading.list);
  }
  reading.offset += count;
  return count > 0 && std::cmp_less(reading.offset, int_at(*page, "total"));
}

/// By name; what a list that changed meanwhile has twice, once.
ConsumerList sorted(ConsumerList list) {
  std::ranges::sort(list.consumers, {}, &ConsumerState::name);
  std::ranges::sort(list.unreachable, {}, &UnreachableConsumer::name);
  const auto again = std::ranges::unique(list.unreachable, {}, &UnreachableConsumer::name);
  list.unreachable.erase(again.begin(), again.end());
  return list;
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

std::vector<ApiResult<ConsumerList>> list_consumers(ApiPort& port,
                                                    const std::vector<std::string>& streams,
                                                    std::chrono::milliseconds timeout) {
  std::vector<ApiResult<ConsumerList>> lists(streams.size(), ConsumerList{});
  std::vector<Reading> readings(streams.size());
  std::vector<std::size_t> open(streams.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  for (int page = 0; page < kMaxConsumerPages && !open.empty(); ++page) {
    std::vector<ApiRequest> requests;
    requests.reserve(open.size());
    for (const std::size_t which : open)
      requests.push_back({"$JS.API.CONSUMER.LIST." + streams[which],
                          fmt::format(R"({{"offset":{}}})", readings[which].offset)});
    std::vector<std::size_t> unfinished;
    port.request_all(requests, timeout, [&](std::size_t index, const Result<std::string>& answer) {
      const std::size_t which = open[index];
      const auto more = take_page(streams[which], answer, readings[which]);
      if (!more)
        lists[which] = more.error();
      else if (*more)
        unfinished.push_back(which);
      else
        lists[which] = sorted(std::move(readings[which].list));
    });
    open = std::move(unfinished);
  }
  for (const std::size_t which : open)
    lists[which] = cannot_list(streams[which], "the server's list has no end");
  return lists;
}

ApiResult<ConsumerList> list_consumers(ApiPort& port,
                                       const std::string& stream,
                                       std::chrono::milliseconds timeout) {
  return list_consumers(port, std::vector{stream}, timeout).front();
}

}  // namespace unified::jetstream
