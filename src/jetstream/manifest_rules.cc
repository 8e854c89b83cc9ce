#include "jetstream/manifest_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "jetstream/bound.h"
#include "jetstream/fields.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/subjects.h"

namespace unified::jetstream {
namespace {

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
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

void check_own_overlaps(const StreamSpec& spec, std::vector<std::string>& problems) {
  const auto subjects = subjects_of(spec.config);
  for (std::size_t i = 0; i < subjects.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (subjects[i] == subjects[k])
        problems.push_back(fmt::format("subject {} is listed twice", shown(subjects[i])));
      else if (subjects_overlap(subjects[i], subjects[k]))
        problems.push_back(
            fmt::format("subject {} overlaps {}", shown(subjects[i]), shown(subjects[k])));
}

void check_pair(const StreamSpec& earlier,
                const StreamSpec& later,
                std::vector<std::string>& problems) {
  if (earlier.name == later.name) {
    problems.push_back(fmt::format("{}: stream {} is declared twice (first at {})", later.origin,
                                   later.name, earlier.origin));
    return;
  }
  for (const std::string& subject : subjects_of(later.config))
    for (const std::string& other : subjects_of(earlier.config))
      if (subjects_overlap(subject, other))
        problems.push_back(fmt::format("{}: subject {} of {} overlaps {} of {} ({})", later.origin,
                                       shown(subject), later.name, shown(other), earlier.name,
                                       earlier.origin));
}

}  // namespace

bool is_valid_stream_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, is_name_character);
}

std::optional<std::string> subject_problem(std::string_view subject, bool no_ack) {
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

std::vector<std::string> stream_problems(const StreamSpec& spec) {
  std::vector<std::string> problems;
  for (const std::string& subject : subjects_of(spec.config))
    if (auto problem = subject_problem(subject, declared_flag(spec, "no_ack")))
      problems.push_back(std::move(*problem));
  check_own_overlaps(spec, problems);
  check_window(spec, problems);
  check_discard(spec, problems);
  if (declared_flag(spec, "deny_purge") && declared_flag(spec, "allow_rollup_hdrs"))
    problems.emplace_back("allow_rollup_hdrs needs the purge permission, so not with deny_purge");
  return problems;
}

std::vector<std::string> manifest_problems(const std::vector<StreamSpec>& streams) {
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < streams.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      check_pair(streams[k], streams[i], problems);
  return problems;
}

}  // namespace unified::jetstream
