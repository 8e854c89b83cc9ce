#include "jetstream/manifest_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/subjects.h"
#include "jetstream/bound.h"
#include "jetstream/field_clashes.h"
#include "jetstream/fields.h"
#include "jetstream/manifest_origins.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {
namespace {

constexpr std::size_t kLongestSubject = 1024;  // max_control_line, 4096, holds two and a number

bool is_name_character(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

std::int64_t declared_number(const StreamSpec& spec, std::string_view name) {
  return value_in(*find_field(name), spec.config).get<std::int64_t>();
}

bool declared_flag(const StreamSpec& spec, std::string_view name) {
  return value_in(*find_field(name), spec.config) == true;
}

std::string show(const StreamSpec& spec, std::string_view name) {
  const Field& field = *find_field(name);
  return show_value(field, value_in(field, spec.config));
}

void check_window(const StreamSpec& spec, std::vector<std::string>& problems) {
  const std::int64_t max_age = declared_number(spec, "max_age");
  if (max_age > 0 && spec.config.contains("duplicate_window") &&
      declared_number(spec, "duplicate_window") > max_age)
    problems.push_back(fmt::format("duplicate_window {} is longer than max_age {}",
                                   show(spec, "duplicate_window"), show(spec, "max_age")));
}

void check_discard(const StreamSpec& spec, std::vector<std::string>& problems) {
  if (!declared_flag(spec, "discard_new_per_subject"))
    return;
  if (value_in(*find_field("discard"), spec.config) != "new")
    problems.emplace_back("discard_new_per_subject needs discard: new");
  if (declared_number(spec, "max_msgs_per_subject") <= 0)
    problems.emplace_back("discard_new_per_subject needs max_msgs_per_subject above 0");
}

/// Subjects that are twice in the list, or overlap an earlier one of it; the first of those.
void check_own_overlaps(const StreamSpec& spec, std::vector<std::string>& problems) {
  SubjectIndex earlier;
  for (const std::string& subject : subjects_of(spec.config)) {
    const SubjectIndex::Entry* other = earlier.find_overlap(subject);
    if (other != nullptr && other->subject == subject)
      problems.push_back(fmt::format("subject {} is listed twice", shown(subject)));
    else if (other != nullptr)
      problems.push_back(
          fmt::format("subject {} overlaps {}", shown(subject), shown(other->subject)));
    earlier.add(subject, 0);
  }
}

void check_clashes(const StreamSpec& spec, std::vector<std::string>& problems) {
  const auto part = [&](std::string_view name) {
    return spec.config.contains(name) && takes_part(name, value_in(*find_field(name), spec.config));
  };
  for (const Clash& clash : field_clashes())
    if (part(clash.one) && part(clash.other))
      problems.emplace_back(clash.why);
  // The server turns it on by itself, so that `false` would never come true.
  for (const char* cause : {"subject_delete_marker_ttl", "allow_msg_schedules"})
    if (part(cause) && spec.config.contains("allow_rollup_hdrs") && !part("allow_rollup_hdrs"))
      problems.push_back(fmt::format("{} needs allow_rollup_hdrs: true", cause));
  if (part("subject_delete_marker_ttl") && spec.config.contains("allow_msg_ttl") &&
      !part("allow_msg_ttl"))
    problems.emplace_back("subject_delete_marker_ttl needs allow_msg_ttl: true");
  if (part("mirror_direct") && !part("mirror"))
    problems.emplace_back("mirror_direct is for mirrors only");
}

}  // namespace

bool is_valid_stream_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, is_name_character);
}

std::optional<std::string> subject_problem(std::string_view subject, bool no_ack) {
  if (subject.size() > kLongestSubject)
    return fmt::format("subject {} is longer than {} bytes", shown(subject), kLongestSubject);
  if (!is_valid_subject(subject))
    return fmt::format(
        "subject {} is not valid: tokens between dots, no blanks, * and > only as whole "
        "tokens, > only at the end",
        shown(subject));
  if (no_ack)
    return std::nullopt;
  if (subject == ">")
    return "subject \">\" captures everything, which needs no_ack: true";
  for (const std::string_view reserved : {"$JS.API.>", "$SYS.>"})
    if (subjects_overlap(subject, reserved))
      return fmt::format("subject {} overlaps {}, the server's own", shown(subject), reserved);
  return std::nullopt;
}

std::vector<std::string> stream_problems(const StreamSpec& declared) {
  const StreamSpec spec = as_created(declared);
  std::vector<std::string> problems;
  for (const std::string& subject : subjects_of(spec.config))
    if (auto problem = subject_problem(subject, declared_flag(spec, "no_ack")))
      problems.push_back(std::move(*problem));
  check_own_overlaps(spec, problems);
  check_window(spec, problems);
  check_discard(spec, problems);
  check_clashes(spec, problems);
  check_origins(spec, problems);
  return problems;
}

}  // namespace unified::jetstream
