#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace unified::jetstream {

/// Subjects of many owners, to find what overlaps a subject without looking at each: a tree of
/// tokens. Not thread safe.
class SubjectIndex {
 public:
  struct Entry {
    std::string subject;
    std::size_t owner = 0;
    bool operator==(const Entry&) const = default;
  };

  SubjectIndex();
  SubjectIndex(const SubjectIndex&) = delete;
  SubjectIndex(SubjectIndex&&) noexcept;
  SubjectIndex& operator=(const SubjectIndex&) = delete;
  SubjectIndex& operator=(SubjectIndex&&) noexcept;
  ~SubjectIndex();

  void add(const std::string& subject, std::size_t owner);
  void remove(const std::string& subject, std::size_t owner);
  /// Calls `visit` for every entry that overlaps, in no particular order.
  void for_each_overlap(std::string_view subject,
                        const std::function<void(const Entry&)>& visit) const;
  /// One that overlaps, and no look at the others; null: none. Valid until the next change.
  [[nodiscard]] const Entry* find_overlap(std::string_view subject) const;

 private:
  struct Node;
  using Take = std::function<bool(const Entry&)>;  ///< true: no more of them
  void search(std::string_view subject, const Take& take) const;
  Node* node_of(const std::string& subject);

  std::unique_ptr<Node> root_;
  std::vector<Entry> deep_;  ///< too many tokens for the tree; a server can send anything
};

}  // namespace unified::jetstream
