#pragma once

#include <string_view>
#include <vector>

namespace unified {

/// The parts between the dots. Views into `subject`; an empty subject has one empty token.
std::vector<std::string_view> subject_tokens(std::string_view subject);

/// A subject that a stream may capture: non-empty tokens, `*` and `>` only as whole tokens, `>`
/// only at the end, no blanks or control bytes (facts §3).
bool is_valid_subject(std::string_view subject);

/// Whether some concrete subject matches both patterns. Two streams with such patterns can't exist
/// (10065).
bool subjects_overlap(std::string_view a, std::string_view b);

/// Whether `wide` matches every concrete subject that `narrow` matches.
bool subject_covers(std::string_view wide, std::string_view narrow);

}  // namespace unified
