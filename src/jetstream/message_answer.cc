#include "jetstream/message_answer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "jetstream/api_answers.h"
#include "jetstream/rfc3339.h"

namespace unified::jetstream {
namespace {

constexpr int kNoMessage = 10037;
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::array<std::uint8_t, 256> values_of_digits() {
  std::array<std::uint8_t, 256> values{};
  values.fill(0xFF);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  return values;
}

/// Nothing when it is no base64.
std::optional<std::string> decoded(std::string_view text) {
  static const std::array<std::uint8_t, 256> values = values_of_digits();
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::string bytes;
  bytes.reserve((text.size() / 4 * 3) + 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == 0xFF)
      return std::nullopt;
    bits = (bits << 6U) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<char>((bits >> held) & 0xFFU));
    }
  }
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

/// As a client shows them: the first line ("NATS/1.0") says nothing about the message.
std::vector<std::pair<std::string, std::string>> parse_headers(std::string_view block) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (bool first = true; !block.empty(); first = false) {
    const std::size_t end = block.find("\r\n");
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end == std::string_view::npos ? block.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (!first && colon != std::string_view::npos)
      headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  std::ranges::stable_sort(headers, {}, &std::pair<std::string, std::string>::first);
  return headers;
}

}  // namespace

Result<std::optional<StoredRecord>> parse_message(const std::string& payload) {
  const auto answer = parse_answer(payload, "cannot get a message");
  if (!answer)
    return answer.error().err_code == kNoMessage
               ? Result<std::optional<StoredRecord>>{std::optional<StoredRecord>{}}
               : Error{answer.error().message};
  const auto found = answer->find("message");
  if (found == answer->end() || !found->is_object())
    return Error{"cannot get a message: the answer has none"};
  const auto headers = decoded(text_at(*found, "hdrs"));
  auto data = decoded(text_at(*found, "data"));
  const auto time = parse_rfc3339(text_at(*found, "time"));
  if (!headers || !data || !time)
    return Error{"cannot get a message: the answer can't be read"};
  return std::optional{StoredRecord{.sequence = static_cast<std::uint64_t>(int_at(*found, "seq")),
                                    .subject = text_at(*found, "subject"),
                                    .headers = parse_headers(*headers),
                                    .payload = *std::move(data),
                                    .time_ns = *time}};
}

}  // namespace unified::jetstream
