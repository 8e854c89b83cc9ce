#include "base/bcrypt.h"

#include <string>

#include <gtest/gtest.h>

namespace unified {
namespace {

const std::string kHash = "$2a$11$QFJT6LS1Pu7Sz0WPBJVHNeYNyh/hdHdQwvcbGEzlQx0rGHoCpEdT2";

TEST(BcryptTest, KnowsShapeAndCompleteness) {
  struct Case {
    std::string text;
    bool shape;
    bool complete;
  };
  for (const auto& [text, shape, complete] :
       {Case{kHash, true, true}, Case{"$2b$04$" + kHash.substr(7), true, true},
        Case{"$2y$31$" + kHash.substr(7), true, true},
        Case{"$2a$03$" + kHash.substr(7), true, false},
        Case{"$2a$32$" + kHash.substr(7), true, false}, Case{kHash + "x", true, false},
        Case{kHash.substr(0, 59), true, false}, Case{kHash.substr(0, 59) + "-", true, false},
        Case{"$2a$10$", true, false}, Case{"$2c$10$abc", false, false},
        Case{"$2a$1$abc", false, false}, Case{"$2a$junk", false, false},
        Case{" " + kHash, false, false}, Case{"", false, false}}) {
    EXPECT_EQ(has_bcrypt_shape(text), shape) << text;
    EXPECT_EQ(is_bcrypt_hash(text), complete) << text;
  }
}

}  // namespace
}  // namespace unified
