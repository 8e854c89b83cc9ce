#include "render/route_url.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/characters.h"

namespace unified::render {
namespace {

bool is_unreserved(char c) {
  constexpr std::string_view kOthers = "-._~";
  return is_letter(c) || is_digit(c) || kOthers.find(c) != std::string_view::npos;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c))
      encoded += c;
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace

std::string with_credentials(std::string_view url,
                             std::string_view user,
                             std::string_view password) {
  constexpr std::string_view kSeparator = "://";
  const std::size_t separator = url.find(kSeparator);
  if (user.empty() || separator == std::string_view::npos)
    return std::string{url};
  const std::size_t start = separator + kSeparator.size();
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  if (url.substr(start, end - start).find('@') != std::string_view::npos)
    return std::string{url};
  return fmt::format("{}{}:{}@{}", url.substr(0, start), percent_encode(user),
                     percent_encode(password), url.substr(start));
}

}  // namespace unified::render
