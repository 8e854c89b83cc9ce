#include "config/check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bcrypt.h"
#include "base/parse.h"
#include "config/names.h"
#include "config/rule.h"
#include "config/url.h"

namespace unified::config {
namespace {

using Fault = std::optional<std::string>;

Fault bool_fault(std::string_view text) {
  if (parse_bool(text))
    return std::nullopt;
  return "not a bool: true, false, 1, 0, yes, no, on or off is accepted";
}

Fault port_fault(std::string_view text) {
  const auto port = parse_int(text);
  if (port && *port >= 1 && *port <= 65535)
    return std::nullopt;
  if (text.find("://") != std::string_view::npos)
    return "not a port: a number from 1 to 65535 is accepted; this looks like a Kubernetes service "
           "link "
           "(enableServiceLinks: false turns them off)";
  return "not a port: a number from 1 to 65535 is accepted";
}

Fault number_fault(const Variable& variable, std::string_view text) {
  const auto value = number_of(variable.type, text);
  if (value && within_rule(variable, *value))
    return std::nullopt;
  if (value)
    return fmt::format("out of range: {} is accepted", rule_text(variable));
  switch (variable.type) {
    case Type::kSize:
      return "not a size: 1048576, 64K, 512MB, 1GB or 1GiB is accepted, below 8 EiB";
    case Type::kDockerSize:
      return "not a size: 1048576, 512k, 50m or 1g is accepted, below 8 EiB";
    case Type::kInt:
      return fmt::format("not a whole number: {} is accepted", rule_text(variable));
    default:
      return "not a duration: a number of seconds, or 250ms, 90s, 2h, 1h30m, 7d is accepted";
  }
}

Fault word_fault(const Variable& variable, std::string_view word) {
  const auto words = rule_words(variable.rule);
  if (std::ranges::find(words, to_lower(word)) != words.end())
    return std::nullopt;
  return fmt::format("unknown word: {} is accepted", rule_text(variable));
}

Fault words_fault(const Variable& variable, std::string_view text) {
  for (const std::string& word : split_list(text))
    if (const auto fault = word_fault(variable, word))
      return fmt::format("\"{}\": {}", word, *fault);
  return std::nullopt;
}

Fault subjects_fault(std::string_view text) {
  const auto subjects = split_list(text);
  if (subjects.empty())
    return "an empty list: at least one subject is needed";
  for (const std::string& subject : subjects)
    if (const auto fault = subject_fault(subject))
      return fault;
  return std::nullopt;
}

Fault urls_fault(const Variable& variable, std::string_view text) {
  const auto urls = split_list(text);
  if (urls.empty())
    return "an empty list: at least one URL is needed";
  for (std::size_t i = 0; i < urls.size(); ++i) {
    auto fault = i == 0 ? std::nullopt : split_password_fault(urls[i]);
    if (!fault)
      fault = url_fault(urls[i], variable.rule, variable.type == Type::kRoutes);
    if (fault)
      return urls.size() == 1 ? *fault : fmt::format("entry {} {}", i + 1, *fault);
  }
  return std::nullopt;
}

Fault password_fault(std::string_view text) {
  if (!has_bcrypt_shape(text) || is_bcrypt_hash(text))
    return std::nullopt;
  return "starts like a bcrypt hash but is not a whole one (60 characters, cost 04 to 31): "
         "nats-server would take "
         "it for a hash and "
         "refuse every login; give the whole hash, or another password";
}

Fault plain_secret_fault(std::string_view text, const char* what, const char* why) {
  if (!has_bcrypt_shape(text))
    return std::nullopt;
  return fmt::format("looks like a bcrypt hash, which is not accepted as {}: {}", what, why);
}

Fault text_fault(const Variable& variable, std::string_view text) {
  switch (variable.type) {
    case Type::kName:
      return name_fault(text);
    case Type::kDomain:
      return domain_fault(text);
    case Type::kStreamName:
      return stream_name_fault(text);
    case Type::kSubjects:
      return subjects_fault(text);
    case Type::kAddress:
      return address_fault(text);
    case Type::kHostPort:
      return host_port_fault(text);
    case Type::kUrl:
      return url_fault(text, variable.rule, false);
    case Type::kUrls:
    case Type::kRoutes:
      return urls_fault(variable, text);
    case Type::kWord:
      return word_fault(variable, text);
    case Type::kWords:
      return words_fault(variable, text);
    default:
      return std::nullopt;
  }
}

/// Types that any well-formed UTF-8 is right for, control characters too: nats.conf can say them
/// all.
Fault any_text_fault(const Variable& variable, std::string_view text) {
  switch (variable.type) {
    case Type::kPassword:
      return password_fault(text);
    case Type::kToken:
      return plain_secret_fault(text, "a token",
                                "the supervisor logs in with the token itself; a hash can be used "
                                "with NATS_AUTH_USERNAME and NATS_AUTH_PASSWORD");
    case Type::kRoutePassword:
      return plain_secret_fault(text, "a route password", "it is sent to the other nodes as it is");
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> fault(const Variable& variable, std::string_view text) {
  if (!is_utf8(text))
    return "not valid UTF-8";
  switch (variable.type) {
    case Type::kAnyText:
    case Type::kPassword:
    case Type::kToken:
    case Type::kRoutePassword:
      return any_text_fault(variable, text);
    case Type::kBool:
      return bool_fault(text);
    case Type::kPort:
      return port_fault(text);
    case Type::kSyncInterval:
      if (to_lower(text) == "always")
        return std::nullopt;
      [[fallthrough]];
    case Type::kInt:
    case Type::kSize:
    case Type::kDockerSize:
    case Type::kDuration:
      return number_fault(variable, text);
    default:
      break;
  }
  if (has_control_characters(text))
    return "control characters and line breaks are not accepted";
  return text_fault(variable, text);
}

}  // namespace unified::config
