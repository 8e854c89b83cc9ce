#include "jetstream/yaml_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/characters.h"

namespace unified::jetstream {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// A word with more than one letter and an underscore or camel case is no other type in any YAML;
/// of the short ones only those that are not yes, no, on, off, true, false, null, y, n.
bool is_plain_key(const std::string& key) {
  constexpr std::array<std::string_view, 9> kTypes{"yes",   "no",   "on", "off", "true",
                                                   "false", "null", "y",  "n"};
  const auto is_word = [](char c) { return is_letter(c) || c == '_'; };
  std::string lower;
  std::ranges::transform(key, std::back_inserter(lower), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return !key.empty() && std::ranges::all_of(key, is_word) &&
         std::ranges::find(kTypes, lower) == kTypes.end();
}

// As deep as the manifest that it writes. NOLINTNEXTLINE(misc-no-recursion)
void emit(YAML::Emitter& out, const OrderedJson& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (const auto& [key, part] : value.items()) {
      out << YAML::Key;
      if (is_plain_key(key))
        out << key;
      else
        out << YAML::DoubleQuoted << key;
      out << YAML::Value;
      emit(out, part);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const auto& part : value)
      emit(out, part);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string to_yaml(const OrderedJson& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string{out.c_str(), out.size()} + "\n";
}

std::string go_duration(std::chrono::nanoseconds value) {
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  constexpr std::array<Unit, 6> kGoUnits{{{"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1000},
                                          {"ns", 1}}};
  std::int64_t rest = value.count();
  std::string text;
  for (const Unit& unit : kGoUnits) {
    if (rest / unit.nanoseconds > 0)
      text += fmt::format("{}{}", rest / unit.nanoseconds, unit.name);
    rest %= unit.nanoseconds;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace unified::jetstream
