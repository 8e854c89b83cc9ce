#include "jetstream/subject_index.h"

#include <algorithm>
#include <map>

#include "base/subjects.h"

namespace unified::jetstream {

struct SubjectIndex::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::vector<Entry> entries;  ///< subjects that end here
};

namespace {

constexpr std::size_t kMaxTokens = 64;

template <typename Node, typename Take>
class Search {
 public:
  Search(const std::vector<std::string_view>& tokens, const Take& take)
      : tokens_(tokens),
        take_(take) {}

  /// Whether it was enough. As deep as kMaxTokens. NOLINTNEXTLINE(misc-no-recursion)
  bool at(const Node& node, std::size_t depth) const {
    if (depth == tokens_.size())
      return report(node);
    const std::string_view token = tokens_[depth];
    if (token == ">")
      return below(node);
    if (const auto rest = node.children.find(">");
        rest != node.children.end() && report(*rest->second))
      return true;
    if (token == "*")
      return std::ranges::any_of(node.children, [&](const auto& child) {
        return child.first != ">" && at(*child.second, depth + 1);
      });
    const auto goes_on = [&](std::string_view name) {
      const auto child = node.children.find(name);
      return child != node.children.end() && at(*child->second, depth + 1);
    };
    return goes_on(token) || goes_on("*");
  }

 private:
  bool report(const Node& node) const { return std::ranges::any_of(node.entries, take_); }

  // NOLINTNEXTLINE(misc-no-recursion): as above
  bool below(const Node& node) const {
    return std::ranges::any_of(node.children, [&](const auto& child) {
      return report(*child.second) || below(*child.second);
    });
  }

  const std::vector<std::string_view>& tokens_;
  const Take& take_;
};

}  // namespace

SubjectIndex::SubjectIndex() : root_(std::make_unique<Node>()) {}
SubjectIndex::SubjectIndex(SubjectIndex&&) noexcept = default;
SubjectIndex& SubjectIndex::operator=(SubjectIndex&&) noexcept = default;
SubjectIndex::~SubjectIndex() = default;

SubjectIndex::Node* SubjectIndex::node_of(const std::string& subject) {
  const auto tokens = subject_tokens(subject);
  if (tokens.size() > kMaxTokens)
    return nullptr;
  Node* node = root_.get();
  for (const std::string_view token : tokens) {
    auto found = node->children.find(token);
    if (found == node->children.end())
      found = node->children.emplace(token, std::make_unique<Node>()).first;
    node = found->second.get();
  }
  return node;
}

void SubjectIndex::add(const std::string& subject, std::size_t owner) {
  Node* node = node_of(subject);
  (node == nullptr ? deep_ : node->entries).push_back({subject, owner});
}

void SubjectIndex::remove(const std::string& subject, std::size_t owner) {
  Node* node = node_of(subject);
  std::erase(node == nullptr ? deep_ : node->entries, Entry{subject, owner});
}

void SubjectIndex::for_each_overlap(std::string_view subject,
                                    const std::function<void(const Entry&)>& visit) const {
  search(subject, [&](const Entry& entry) {
    visit(entry);
    return false;
  });
}

const SubjectIndex::Entry* SubjectIndex::find_overlap(std::string_view subject) const {
  const Entry* found = nullptr;
  search(subject, [&](const Entry& entry) {
    found = &entry;
    return true;
  });
  return found;
}

void SubjectIndex::search(std::string_view subject, const Take& take) const {
  const Take checked = [&](const Entry& entry) {
    return subjects_overlap(entry.subject, subject) && take(entry);
  };
  if (std::ranges::any_of(deep_, checked))
    return;
  const auto tokens = subject_tokens(subject);
  if (tokens.size() <= kMaxTokens) {
    Search<Node, Take>{tokens, take}.at(*root_, 0);
    return;
  }
  // Rare enough to look at everything.
  const std::vector<std::string_view> all{">"};
  Search<Node, Take>{all, checked}.at(*root_, 0);
}

}  // namespace unified::jetstream
