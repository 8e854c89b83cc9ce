#include "base/scrub.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace unified {
namespace {

constexpr std::size_t kShort = 6;
constexpr std::string_view kSchemeEnd = "://";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool stands_alone(const std::string& text, std::size_t at, std::size_t length) {
  const bool left = at > 0 && is_word(text[at - 1]);
  const bool right = at + length < text.size() && is_word(text[at + length]);
  return !left && !right;
}

void replace_all(std::string& text, const std::string& secret) {
  std::size_t at = 0;
  while ((at = text.find(secret, at)) != std::string::npos) {
    if (secret.size() < kShort && !stands_alone(text, at, secret.size())) {
      at += secret.size();
      continue;
    }
    text.replace(at, secret.size(), "***");
    at += 3;
  }
}

/// Whether the comma separates two URLs of a list; one that does not may be part of a password.
bool is_before_url(std::string_view text, std::size_t comma) {
  const std::size_t scheme = std::min(text.find_first_not_of(' ', comma + 1), text.size());
  std::size_t end = scheme;
  while (end < text.size() && (is_word(text[end]) || text[end] == '+' || text[end] == '-'))
    ++end;
  return end > scheme && text.substr(end).starts_with(kSchemeEnd);
}

/// The end of the URL whose authority begins at `from`. Neither `/ ? #` nor `,` end it: all of them
/// may stand unencoded in a password.
std::size_t end_of_url(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while ((end = text.find_first_of(" \t\r\n\"',", end)) != std::string_view::npos) {
    if (text[end] != ',' || is_before_url(text, end))
      return end;
    ++end;
  }
  return text.size();
}

}  // namespace

Scrubber::Scrubber(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  std::erase_if(secrets_, [](const std::string& secret) { return secret.empty(); });
  std::ranges::sort(secrets_, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  const auto repeated = std::ranges::unique(secrets_);
  secrets_.erase(repeated.begin(), repeated.end());
}

Scrubber Scrubber::with(const std::vector<std::string>& more) const {
  std::vector<std::string> all = secrets_;
  all.insert(all.end(), more.begin(), more.end());
  return Scrubber{std::move(all)};
}

std::string Scrubber::scrub(std::string_view text) const {
  std::string clean = without_userinfo(text);
  for (const std::string& secret : secrets_)
    replace_all(clean, secret);
  return clean;
}

std::string without_userinfo(std::string_view text) {
  std::string clean;
  std::size_t copied = 0;
  std::size_t end = 0;  // of the URL
  std::size_t at = 0;   // its last @, or its end
  std::size_t from = 0;
  // What follows "://" within a URL has the same end and the same last @: a line full of them is
  // gone through once.
  while ((from = text.find(kSchemeEnd, from)) != std::string_view::npos) {
    from += kSchemeEnd.size();
    if (from >= end) {
      end = end_of_url(text, from);
      at = from + std::min(text.substr(from, end - from).rfind('@'), end - from);
    }
    if (at < from || at == end)
      continue;
    clean.append(text, copied, from - copied).append("***");
    copied = from = at;
  }
  return clean.append(text.substr(copied));
}

}  // namespace unified
