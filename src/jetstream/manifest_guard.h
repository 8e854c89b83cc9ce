#pragma once

#include <string>
#include <vector>

namespace YAML {  // NOLINT(readability-identifier-naming): theirs
class Node;
}

namespace unified::jetstream {

/// Parses without building anything, and within limits: yaml-cpp 0.7 finds documents without end in
/// text that begins with ",". Throws YAML::Exception for broken text and beyond the limits.
void refuse_endless_yaml(const std::string& text);

/// Whether the text could make the parser recurse deeply: it does so before anyone can look at a
/// node.
bool nests_too_deeply(const std::string& text);

/// Whether a walk over the documents stays small; yaml-cpp shares the nodes of aliases, so a bomb
/// is small until it is walked.
bool is_walkable(const std::vector<YAML::Node>& documents);

}  // namespace unified::jetstream
