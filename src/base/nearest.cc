#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/parse.h"
#include "base/split.h"

namespace unified {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({row[k] + 1, row[k - 1] + 1, replaced});
    }
  }
  return row.back();
}

constexpr std::size_t kTelling = 3;  ///< letters by which a word is recognised

/// Whether every word of `part` begins like one of `whole`: "dupe_window" and "duplicate_window".
bool is_shorthand(std::string_view part, std::string_view whole) {
  const auto theirs = split(whole, '_');
  return std::ranges::all_of(split(part, '_'), [&](std::string_view word) {
    return word.size() >= kTelling && std::ranges::any_of(theirs, [&](std::string_view other) {
             return word.size() <= other.size() && other.starts_with(word.substr(0, kTelling));
           });
  });
}

/// Whether `word` is one of the words of `whole`: "replicas" and "num_replicas".
bool is_word_of(std::string_view word, std::string_view whole) {
  const auto words = split(whole, '_');
  return std::ranges::find(words, word) != words.end();
}

/// The only one that has `word` among its words, else the only one that it can be short for; those
/// that go on from it do not count.
std::optional<std::string> written_out(std::string_view word,
                                       std::span<const std::string_view> candidates) {
  std::vector<std::string_view> meant;
  const auto find_meant = [&](bool (*is_meant)(std::string_view, std::string_view)) {
    for (const std::string_view candidate : candidates)
      if (is_meant(word, to_lower(candidate)))
        meant.push_back(candidate);
  };
  find_meant(is_word_of);
  if (meant.empty())
    find_meant(is_shorthand);
  const auto shortest = std::ranges::min_element(meant, {}, &std::string_view::size);
  const bool is_one = shortest != meant.end() && std::ranges::all_of(meant, [&](auto one) {
                        return one.starts_with(*shortest);
                      });
  return is_one ? std::optional<std::string>{*shortest} : std::nullopt;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
  const std::string wanted = to_lower(word);
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, to_lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found ? found : written_out(wanted, candidates);
}

}  // namespace unified
