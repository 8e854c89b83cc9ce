#include "base/scrub.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace unified {
namespace {

constexpr std::size_t kShort = 6;

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
  std::string clean{text};
  std::size_t from = 0;
  while ((from = clean.find("://", from)) != std::string::npos) {
    from += 3;
    // The authority ends at the first of these; a '@' inside a password must be the last one before
    // it.
    const std::size_t end = std::min(clean.find_first_of("/?# \t\r\n,\"'", from), clean.size());
    const std::size_t at = clean.rfind('@', end == 0 ? 0 : end - 1);
    if (at != std::string::npos && at >= from && at < end)
      clean.replace(from, at - from, "***");
  }
  return clean;
}

}  // namespace unified
