#include <utility>

#include <fmt/format.h>

#include "jetstream/export_forms.h"

namespace unified::jetstream {
namespace {

using OrderedJson = nlohmann::ordered_json;

void add_config(const nlohmann::json& config, OrderedJson& object) {
  for (const auto& [key, value] : config.items())
    object[key] = value;
}

OrderedJson natscli_consumer(const ConsumerSpec& spec) {
  OrderedJson object{
      {"stream_name", spec.stream}, {"name", spec.name}, {"durable_name", spec.name}};
  nlohmann::json config = spec.config;
  // Servers before 2.10 know only this one.
  if (const auto filters = config.find("filter_subjects");
      filters != config.end() && filters->size() == 1) {
    config["filter_subject"] = filters->front();
    config.erase("filter_subjects");
  }
  add_config(config, object);
  return object;
}

}  // namespace

std::string export_natscli(ExportObjects& objects) {
  OrderedJson list = OrderedJson::array();
  for (const StreamSpec& stream : objects.streams) {
    OrderedJson object{{"name", stream.name}};
    add_config(stream.config, object);
    list.push_back(std::move(object));
  }
  for (const ConsumerSpec& consumer : objects.consumers)
    list.push_back(natscli_consumer(consumer));
  std::string text = (list.size() == 1 ? list.front() : list)
                         .dump(2, ' ', false, OrderedJson::error_handler_t::replace);
  if (text.find("${") != std::string::npos)
    objects.notes.emplace_back(
        "a text has ${: the nats CLI takes it as it is, STREAMS_FILE as a variable ($${ there)");
  return text + "\n";
}

}  // namespace unified::jetstream
