#include "config/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/parse.h"
#include "base/split.h"
#include "base/subjects.h"

namespace unified::config {
namespace {

bool is_alnum(char c) {
  return is_digit(c) || is_letter(c);
}

bool has_any(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

bool is_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           const auto value = parse_int(part);
           return value && part.size() <= 3 && *value >= 0 && *value <= 255;
         });
}

/// Only the shape: the server resolves it anyway.
bool is_ipv6(std::string_view text) {
  const std::string_view address = text.substr(0, text.find('%'));
  return std::ranges::count(address, ':') >= 2 && std::ranges::all_of(address, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                  c == '.';
         });
}

bool is_host_name(std::string_view text) {
  const bool letters = std::ranges::all_of(
      text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  const auto parts = split(text, '.');
  const bool labels = std::ranges::all_of(
      parts, [](std::string_view part) { return !part.empty() && part.size() <= 63; });
  return letters && labels && text.size() <= 253;
}

}  // namespace

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::optional<std::string> name_fault(std::string_view text) {
  if (text.size() > 255)
    return "too long: at most 255 bytes are accepted";
  if (has_any(text, " "))
    return "a space is not accepted: nats-server refuses it";
  if (has_any(text, "\"'\\"))
    return "quotes and backslashes are not accepted in a name";
  return std::nullopt;
}

std::optional<std::string> domain_fault(std::string_view text) {
  if (has_any(text, ".*>"))
    return "not one token of a subject: dots, * and > are not accepted";
  return name_fault(text);
}

std::optional<std::string> stream_name_fault(std::string_view text) {
  const bool letters =
      std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
  if (!letters || text.empty() || text.size() > 255)
    return "not a stream name: 1 to 255 letters, digits, _ and - are accepted";
  return std::nullopt;
}

std::optional<std::string> subject_fault(std::string_view subject) {
  if (has_any(subject, " \t"))
    return fmt::format("\"{}\" has a blank", subject);
  const auto parts = split(subject, '.');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty())
      return fmt::format("\"{}\" has an empty token", subject);
    if (parts[i] == ">" && i + 1 < parts.size())
      return fmt::format("\"{}\" has > before its end", subject);
  }
  if (subject == ">")
    return "\">\" alone would capture the JetStream API too: name the subjects";
  for (const char* reserved : {"$JS.API.>", "$SYS.>"})
    if (subjects_overlap(subject, reserved))
      return fmt::format("\"{}\" overlaps with {}, which belongs to the server", subject, reserved);
  return std::nullopt;
}

std::optional<std::string> address_fault(std::string_view text) {
  constexpr const char* kAccepted = "not an address: an IP address or a host name is accepted";
  if (text.starts_with('['))
    return "not an address: an IPv6 address is written without brackets";
  if (is_ipv6(text))
    return std::nullopt;
  const bool numeric = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  if (numeric ? is_ipv4(text) : is_host_name(text))
    return std::nullopt;
  return kAccepted;
}

std::optional<std::string> host_port_fault(std::string_view text) {
  constexpr const char* kAccepted =
      "not host:port: a host name or IP address and a port from 1 to 65535 are accepted";
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1)))
      return kAccepted;
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':')
      return kAccepted;
  } else if (!is_ipv6(text)) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  const auto number = port.empty() ? std::optional<std::int64_t>{1} : parse_int(port.substr(1));
  if (address_fault(host) || !number || *number < 1 || *number > 65535)
    return kAccepted;
  return std::nullopt;
}

}  // namespace unified::config
