#include "jetstream/made_object.h"

#include <vector>

#include "base/split.h"

namespace unified::jetstream {
namespace {

constexpr std::string_view kApi = "$JS.API.";

/// The words behind `prefix`; none when the subject begins with something else.
std::vector<std::string_view> words_after(std::string_view subject, std::string_view prefix) {
  if (!subject.starts_with(prefix))
    return {};
  return split(subject.substr(prefix.size()), '.');
}

}  // namespace

std::optional<MadeObject> made_by(std::string_view subject) {
  if (!subject.starts_with(kApi))
    return std::nullopt;
  const std::string_view request = subject.substr(kApi.size());
  for (const std::string_view verb : {"STREAM.CREATE.", "STREAM.UPDATE."})
    if (const auto words = words_after(request, verb); words.size() == 1)
      return MadeObject{.stream = std::string{words[0]}, .consumer = {}};
  if (const auto words = words_after(request, "CONSUMER.DURABLE.CREATE."); words.size() == 2)
    return MadeObject{.stream = std::string{words[0]}, .consumer = std::string{words[1]}};
  // What follows the name is the consumer's filter.
  if (const auto words = words_after(request, "CONSUMER.CREATE."); words.size() >= 2)
    return MadeObject{.stream = std::string{words[0]}, .consumer = std::string{words[1]}};
  return std::nullopt;
}

}  // namespace unified::jetstream
