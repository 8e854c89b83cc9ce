#include "base/subjects.h"

#include <rapidcheck.h>

#include <string>

#include <gtest/gtest.h>

namespace unified {
namespace {

TEST(SubjectsTest, ValidSubjects) {
  for (const char* subject :
       {"a", "a.b", "a.*", "*.b", "a.>", ">", "*", "orderbook-data.>", "$KV.x.>", "_INBOX.>"})
    EXPECT_TRUE(is_valid_subject(subject)) << subject;
}

TEST(SubjectsTest, InvalidSubjects) {
  for (const char* subject :
       {"", "a..b", ".a", "a.", "a b", "a.>.b", "a.b>", "a.b*", "a\tb", "a\n", "a\x7f", ">>"})
    EXPECT_FALSE(is_valid_subject(subject)) << subject;
}

struct Pair {
  const char* a;
  const char* b;
};

TEST(SubjectsTest, Overlapping) {
  for (const auto& [a, b] :
       {Pair{"a", "a"}, Pair{"a.>", "a.b"}, Pair{"a.*", "a.b"}, Pair{"*.b", "a.*"},
        Pair{">", "x.y"}, Pair{"a.>", "a.b.>"}, Pair{"a.*.c", "a.b.*"}, Pair{"*.*", "a.>"}})
    EXPECT_TRUE(subjects_overlap(a, b) && subjects_overlap(b, a)) << a << " " << b;
}

TEST(SubjectsTest, NotOverlapping) {
  for (const auto& [a, b] :
       {Pair{"a", "b"}, Pair{"a.>", "a"}, Pair{"a.*", "a"}, Pair{"a.*", "a.b.c"},
        Pair{"a.b.*", "a.c.>"}, Pair{"trade.>", "trade-data.>"}, Pair{"a.*.c", "a.b.d"}})
    EXPECT_FALSE(subjects_overlap(a, b) || subjects_overlap(b, a)) << a << " " << b;
}

TEST(SubjectsTest, Covering) {
  for (const auto& [wide, narrow] :
       {Pair{"a", "a"}, Pair{"a.>", "a.b"}, Pair{"a.>", "a.b.>"}, Pair{"a.*", "a.b"},
        Pair{">", "a.>"}, Pair{"a.>", "a.*"}, Pair{"a.*", "a.*"}})
    EXPECT_TRUE(subject_covers(wide, narrow)) << wide << " " << narrow;
  for (const auto& [wide, narrow] : {Pair{"a.b", "a.>"}, Pair{"a.*", "a.>"}, Pair{"a.>", "a"},
                                     Pair{"a.*.c", "a.b.*"}, Pair{"a.b", "a.*"}, Pair{"a.b", "a"}})
    EXPECT_FALSE(subject_covers(wide, narrow)) << wide << " " << narrow;
}

bool matches(const std::string& pattern, const std::string& subject) {
  return subject_covers(pattern, subject);
}

std::string arbitrary_subject(const std::vector<std::string>& tokens) {
  std::string text;
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i)
    text += (i > 0 ? "." : "") + *rc::gen::elementOf(tokens);
  return text;
}

TEST(SubjectsTest, OverlapAndCoverAgreeWithMatching) {
  EXPECT_TRUE(rc::check([] {
    const auto pattern = [] {
      std::string text = arbitrary_subject({"a", "b", "*"});
      return *rc::gen::arbitrary<bool>() ? text + ".>" : text;
    };
    const std::string one = pattern();
    const std::string other = pattern();
    const std::string concrete = arbitrary_subject({"a", "b", "c"});
    if (matches(one, concrete) && matches(other, concrete))
      RC_ASSERT(subjects_overlap(one, other));
    if (subject_covers(one, other) && matches(other, concrete))
      RC_ASSERT(matches(one, concrete));
    if (subject_covers(one, other))
      RC_ASSERT(subjects_overlap(one, other));
    RC_ASSERT(subjects_overlap(one, other) == subjects_overlap(other, one));
  }));
}

}  // namespace
}  // namespace unified
