#include "jetstream/subject_index.h"

#include <algorithm>
#include <map>

#include "jetstream/subjects.h"

namespace unified::jetstream {

struct SubjectIndex::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::vector<Entry> entries;  ///< subjects that end here
};

namespace {

constexpr std::size_t kMaxTokens = 64;

template <typename Node, typename Visit>
class Search {
 public:
  Search(const std::vector<std::string_view>& tokens, const Visit& visit)
      : tokens_(tokens),
        visit_(visit) {}

  // As deep as kMaxTokens. NOLINTNEXTLINE(misc-no-recursion)
  void at(const Node& node, std::size_t depth) const {
    if (depth == tokens_.size())
      return report(node);
    const std::string_view token = tokens_[depth];
    if (token == ">")
      return below(node);
    if (const auto rest = node.children.find(">"); rest != node.children.end())
      report(*rest->second);
    if (token == "*") {
      for (const auto& [name, child] : node.children)
        if (name != ">")
          at(*child, depth + 1);
      return;
    }
    for (const std::string_view name : {token, std::string_view{"*"}})
      if (const auto child = node.children.find(name); child != node.children.end())
        at(*child->second, depth + 1);
  }

 private:
  void report(const Node& node) const { std::ranges::for_each(node.entries, visit_); }

  // NOLINTNEXTLINE(misc-no-recursion): as above
  void below(const Node& node) const {
    for (const auto& [name, child] : node.children) {
      report(*child);
      below(*child);
    }
  }

  const std::vector<std::string_view>& tokens_;
  const Visit& visit_;
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
  const auto overlaps = [&](const Entry& entry) {
    return subjects_overlap(entry.subject, subject);
  };
  for (const Entry& entry : deep_)
    if (overlaps(entry))
      visit(entry);
  const auto tokens = subject_tokens(subject);
  if (tokens.size() <= kMaxTokens) {
    Search<Node, std::function<void(const Entry&)>>{tokens, visit}.at(*root_, 0);
    return;
  }
  // Rare enough to look at everything.
  const auto checked = [&](const Entry& entry) {
    if (overlaps(entry))
      visit(entry);
  };
  const std::vector<std::string_view> all{">"};
  const std::function<void(const Entry&)> look{checked};
  Search<Node, std::function<void(const Entry&)>>{all, look}.at(*root_, 0);
}

}  // namespace unified::jetstream
