#include "jetstream/consumer_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/characters.h"
#include "base/subjects.h"
#include "jetstream/consumer_fields.h"
#include "jetstream/manifest_variables.h"
#include "jetstream/subject_index.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostFilters = 1000;
constexpr std::size_t kMostTold = 10;  // of one consumer's filters

bool is_consumer_name_character(char c) {
  constexpr std::string_view kTaken = ".*>/\\";
  return c > 0x20 && c < 0x7F && kTaken.find(c) == std::string_view::npos;
}

bool is_priority_group_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '/' || c == '=';
}

class ConsumerCheck {
 public:
  ConsumerCheck(const ConsumerSpec& spec, std::vector<std::string>& problems)
      : config_(spec.config),
        name_(spec.name),
        problems_(problems),
        is_push_(is_set("deliver_subject")) {}

  void run() {
    if (!is_valid_consumer_name(name_))
      problems_.emplace_back("its name: 1 to 255 characters, no blanks and none of . * > / \\");
    check_filters();
    check_redelivery();
    check_start();
    check_push();
    check_priorities();
    check_sampling();
  }

 private:
  [[nodiscard]] Json value(std::string_view name) const {
    return value_in(*find_consumer_field(name), config_);
  }
  [[nodiscard]] bool is_set(std::string_view name) const {
    return config_.contains(name) && jetstream::is_set(*find_consumer_field(name), value(name));
  }
  [[nodiscard]] std::string show(std::string_view name) const {
    return show_value(*find_consumer_field(name), value(name));
  }
  void add(std::string problem) { problems_.push_back(std::move(problem)); }
  void refuse_with(bool wrong, std::string_view name, std::string_view why) {
    if (wrong && is_set(name))
      add(fmt::format("{} {}", name, why));
  }

  void check_filters() {
    const auto filters = value("filter_subjects").get<std::vector<std::string>>();
    if (filters.size() > kMostFilters) {
      add(fmt::format("{} filters: at most {}; a filter with * or > stands for many subjects",
                      filters.size(), kMostFilters));
      return;
    }
    const std::size_t before = problems_.size();
    SubjectIndex earlier;
    for (const std::string& filter : filters) {
      check_filter(filter, earlier.find_overlap(filter));
      earlier.add(filter, 0);
      if (problems_.size() >= before + kMostTold)
        return;
    }
  }

  void check_filter(const std::string& filter, const SubjectIndex::Entry* earlier) {
    if (!is_valid_subject(filter))
      add(
          fmt::format("filter {} is not valid: tokens between dots, no blanks, * and > only as "
                      "whole tokens, > only at the end",
                      shown(filter)));
    if (earlier == nullptr)
      return;
    if (earlier->subject == filter)
      add(fmt::format("filter {} is listed twice", shown(filter)));
    else
      add(fmt::format("filter {} overlaps {}", shown(filter), shown(earlier->subject)));
  }

  void check_redelivery() {
    const Json backoff = value("backoff");
    const auto max_deliver = value("max_deliver").get<std::int64_t>();
    if (max_deliver > 0 && max_deliver < static_cast<std::int64_t>(backoff.size()))
      add(fmt::format("max_deliver {} must be more than the {} of backoff", max_deliver,
                      backoff.size()));
    for (const Json& wait : backoff)
      if (wait.get<std::int64_t>() <= 0)
        add("backoff: every one of them must be longer than 0");
    if (!backoff.empty() && is_set("ack_wait") && value("ack_wait") != backoff.front())
      add(fmt::format("ack_wait {} would be replaced by the first of backoff: leave it out",
                      show("ack_wait")));
  }

  void check_start() {
    const Json policy = value("deliver_policy");
    for (const auto& [field, needed] : {std::pair{"opt_start_seq", "by_start_sequence"},
                                        std::pair{"opt_start_time", "by_start_time"}}) {
      if (policy == needed && !is_set(field))
        add(fmt::format("deliver_policy {} needs {}", needed, field));
      refuse_with(policy != needed, field, fmt::format("needs deliver_policy: {}", needed));
    }
    if (policy == "last_per_subject" && !is_set("filter_subjects"))
      add("deliver_policy last_per_subject needs a filter, \">\" at least");
  }

  void check_push() {
    if (!is_push_) {
      for (const char* field :
           {"deliver_group", "flow_control", "idle_heartbeat", "rate_limit_bps"})
        refuse_with(true, field, "is for push consumers only (deliver_subject)");
      return;
    }
    const auto subject = value("deliver_subject").get<std::string>();
    if (!is_valid_subject(subject) || subject.find_first_of("*>") != std::string::npos)
      add(fmt::format("deliver_subject {} is not a subject without wildcards", shown(subject)));
    if (value("flow_control") == true && !is_set("idle_heartbeat"))
      add("flow_control needs idle_heartbeat");
    if (value("deliver_group").get<std::string>().find_first_of(" \t\r\n*>") != std::string::npos)
      add(fmt::format("deliver_group {} must be a name without blanks, * and >",
                      show("deliver_group")));
    refuse_with(true, "max_waiting", "is for pull consumers only, without deliver_subject");
  }

  void check_priorities() {
    const Json policy = value("priority_policy");
    const auto groups = value("priority_groups").get<std::vector<std::string>>();
    if (policy != "none" && groups.empty())
      add(fmt::format("priority_policy {} needs priority_groups", policy.get<std::string>()));
    refuse_with(policy == "none", "priority_groups", "needs a priority_policy");
    refuse_with(policy != "pinned_client", "priority_timeout",
                "needs priority_policy: pinned_client");
    refuse_with(is_push_, "priority_policy", "is for pull consumers only, without deliver_subject");
    for (const std::string& group : groups)
      if (group.empty() || group.size() > 16 ||
          !std::ranges::all_of(group, is_priority_group_character))
        add(fmt::format("priority group {}: 1 to 16 of A-Z a-z 0-9 - _ / =", shown(group)));
  }

  void check_sampling() {
    auto text = value("sample_freq").get<std::string>();
    if (text.ends_with('%'))
      text.pop_back();
    int percent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    refuse_with(!whole || percent < 0 || percent > 100, "sample_freq", "is a percentage: 0 to 100");
  }

  const Json& config_;
  const std::string& name_;
  std::vector<std::string>& problems_;
  bool is_push_;
};

}  // namespace

bool is_valid_consumer_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::ranges::all_of(name, is_consumer_name_character);
}

std::vector<std::string> consumer_problems(const ConsumerSpec& spec) {
  std::vector<std::string> problems;
  ConsumerCheck{spec, problems}.run();
  return problems;
}

}  // namespace unified::jetstream
