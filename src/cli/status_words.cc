#include "cli/status_words.h"

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::cli {
namespace {

using nlohmann::ordered_json;

std::string text_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_at(const ordered_json& object, const char* key, std::int64_t missing) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : missing;
}

std::string recovery(const ordered_json& value) {
  std::string text =
      fmt::format("restored {} of {} streams", number_at(value, "streams_restored", 0),
                  number_at(value, "streams_total", 0));
  if (const std::int64_t percent = number_at(value, "percent", -1); percent >= 0)
    text += fmt::format(", {} %", percent);
  if (const std::int64_t left = number_at(value, "eta_seconds", -1); left >= 0)
    text += ", about " + format_duration(std::chrono::seconds{left});
  return text;
}

std::string left_alone(const ordered_json& value) {
  std::string text;
  for (const auto& [stream, why] : value.items())
    text += fmt::format("{}stream {} {}", text.empty() ? "" : "; ", stream,
                        why.is_string() ? why.get<std::string>() : why.dump());
  return text.empty() ? "nothing" : text;
}

std::string black_box(const ordered_json& value) {
  std::string text = fmt::format("{} {}: {}", text_at(value, "at"), text_at(value, "kind"),
                                 text_at(value, "cause"));
  if (const std::string advice = text_at(value, "advice"); !advice.empty())
    text += "; what to do: " + advice;
  return text + "; file: " + text_at(value, "file");
}

}  // namespace

std::string status_value(const std::string& key, const ordered_json& value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_object() && key == "recovery")
    return recovery(value);
  if (value.is_object() && key == "left_alone")
    return left_alone(value);
  if (value.is_object() && key == "last_black_box")
    return black_box(value);
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace unified::cli
