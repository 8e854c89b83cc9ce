#include "jetstream/manifest_origins.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/subjects.h"
#include "jetstream/bound.h"
#include "jetstream/fields.h"
#include "jetstream/manifest_rules.h"
#include "jetstream/manifest_variables.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;

class Check {
 public:
  Check(const StreamSpec& spec, std::vector<std::string>& problems)
      : spec_(spec),
        problems_(problems) {}

  void run() const {
    const Json mirror = declared("mirror");
    if (!mirror.empty())
      check_source("mirror", mirror);
    for (const Json& source : declared("sources"))
      check_source("sources", source);
    check_own_subjects(mirror);
    if (const Json transform = declared("subject_transform"); !transform.empty())
      check_transform("subject_transform", transform);
    check_republish();
  }

 private:
  [[nodiscard]] Json declared(std::string_view name) const {
    return value_in(*find_field(name), spec_.config);
  }

  void check_source(const char* what, const Json& source) const {
    const std::string name = source.value("name", "");
    if (!is_valid_stream_name(name))
      problems_.push_back(
          fmt::format("{}: needs the name of a stream, 1 to 255 of A-Z a-z 0-9 _ -", what));
    else if (name == spec_.name && !source.contains("external"))
      problems_.push_back(fmt::format("{}: a stream can't be read into itself", what));
    const std::string filter = source.value("filter_subject", "");
    if (!filter.empty() && !is_valid_subject(filter))
      problems_.push_back(fmt::format("{}: filter_subject {} is not valid", what, shown(filter)));
    if (!filter.empty() && source.contains("subject_transforms"))
      problems_.push_back(
          fmt::format("{}: filter_subject or subject_transforms, not both (10144)", what));
    for (const Json& transform : source.value("subject_transforms", Json::array()))
      check_transform(what, transform);
    if (source.contains("external") && !source["external"].contains("api"))
      problems_.push_back(fmt::format("{}: external needs api", what));
  }

  void check_own_subjects(const Json& mirror) const {
    const bool has_subjects = !subjects_of(spec_.config).empty();
    if (!mirror.empty() && has_subjects)
      problems_.emplace_back("a mirror has no subjects of its own");
  }

  /// A mapping with an index that does not exist is refused by 2.10 only after it made the
  /// stream's folder, and ignored by nobody.
  void check_transform(const char* what, const Json& transform) const {
    const std::string source = transform.value("src", ">");
    const std::string target = transform.value("dest", "");
    if (!is_valid_subject(source))
      problems_.push_back(fmt::format("{}: src {} is not valid", what, shown(source)));
    const auto tokens = subject_tokens(source);
    const auto wildcards = std::ranges::count(tokens, std::string_view{"*"});
    for (std::string_view rest = target;;) {
      const std::size_t at = rest.find("{{wildcard(");
      if (at == std::string_view::npos)
        return;
      rest.remove_prefix(at + std::string_view{"{{wildcard("}.size());
      int index = 0;
      std::from_chars(rest.data(), rest.data() + rest.size(), index);
      if (index < 1 || index > wildcards)
        problems_.push_back(fmt::format("{}: dest {} names wildcard {}, src {} has {}", what,
                                        shown(target), index, shown(source), wildcards));
    }
  }

  void check_republish() const {
    const Json republish = declared("republish");
    if (republish.empty())
      return;
    const std::string target = republish.value("dest", "");
    if (target.empty()) {
      problems_.emplace_back("republish: needs dest");
      return;
    }
    check_transform("republish", republish);
    for (const std::string& subject : subjects_of(spec_.config))
      if (subjects_overlap(pattern_of(target), subject))
        problems_.push_back(
            fmt::format("republish: dest {} overlaps {}, a cycle", shown(target), shown(subject)));
  }

  /// Where a mapping can lead: `{{wildcard(1)}}` is some token.
  static std::string pattern_of(const std::string& target) {
    std::string pattern;
    for (const std::string_view token : subject_tokens(target))
      pattern += fmt::format("{}{}", pattern.empty() ? "" : ".",
                             token.starts_with("{{") || token.starts_with("$") ? "*" : token);
    return pattern;
  }

  const StreamSpec& spec_;
  std::vector<std::string>& problems_;
};

}  // namespace

void check_origins(const StreamSpec& spec, std::vector<std::string>& problems) {
  Check{spec, problems}.run();
}

}  // namespace unified::jetstream
