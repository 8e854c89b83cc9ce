#pragma once

#include <algorithm>
#include <string_view>

namespace unified::nats {

/// nats.c writes the subject into the protocol line as it is: without blanks and control bytes none
/// can become a second command.
inline bool is_safe_subject(std::string_view subject) {
  return !subject.empty() && std::ranges::all_of(subject, [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F';
  });
}

}  // namespace unified::nats
