#include "jetstream/subject_index.h"

#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "base/subjects.h"

namespace unified::jetstream {
namespace {

std::set<std::string> found(const SubjectIndex& index, const std::string& subject) {
  std::set<std::string> subjects;
  index.for_each_overlap(subject,
                         [&](const SubjectIndex::Entry& entry) { subjects.insert(entry.subject); });
  return subjects;
}

std::string any_subject() {
  std::string subject = *rc::gen::element<std::string>("a", "b", "*");
  const int more = *rc::gen::inRange(0, 4);
  for (int i = 0; i < more; ++i)
    subject += *rc::gen::element<std::string>(".a", ".b", ".c", ".*");
  return subject + *rc::gen::element<std::string>("", "", ".>");
}

TEST(SubjectIndexTest, FindsExactlyWhatOverlaps) {
  EXPECT_TRUE(rc::check([] {
    SubjectIndex index;
    std::set<std::string> all;
    for (int i = 0; i < 12; ++i) {
      const std::string subject = any_subject();
      if (all.insert(subject).second)
        index.add(subject, 1);
    }
    const std::string removed = *all.begin();
    index.remove(removed, 1);
    all.erase(removed);
    const std::string asked = *rc::gen::element<std::string>(any_subject(), ">");
    std::set<std::string> expected;
    std::ranges::copy_if(all, std::inserter(expected, expected.end()),
                         [&](const auto& one) { return subjects_overlap(one, asked); });
    RC_ASSERT(found(index, asked) == expected);
    const auto* one = index.find_overlap(asked);
    RC_ASSERT((one == nullptr) == expected.empty());
    if (one != nullptr)  // RC_ASSERT evaluates both sides of an `||`
      RC_ASSERT(expected.contains(one->subject));
  }));
}

TEST(SubjectIndexTest, SubjectsOfAnyLengthAreFound) {
  std::string deep = "a";
  for (int i = 0; i < 100'000; ++i)
    deep += ".a";
  SubjectIndex index;
  index.add(deep, 1);
  index.add("a.>", 2);

  EXPECT_EQ(found(index, "a.a.>"), (std::set<std::string>{deep, "a.>"}));
  EXPECT_EQ(found(index, deep), (std::set<std::string>{deep, "a.>"}));
}

}  // namespace
}  // namespace unified::jetstream
