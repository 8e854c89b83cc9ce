#pragma once

#include <string>
#include <string_view>

namespace unified::render {

/// The complete NATS configuration string, quotes included, that nats-server reads back as exactly
/// `text`. Double quotes; `"` and `\` are escaped, bytes below 0x20 and 0x7F become \xHH,
/// everything else stays (facts §8: nats-server knows no other escapes, so JSON's would be errors).
/// `text` should be UTF-8.
std::string quote(std::string_view text);

}  // namespace unified::render
