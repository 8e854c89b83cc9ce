#pragma once

#include <string>

namespace unified {

/// The text with every byte that a terminal or a log reader could obey, or that is no UTF-8, as
/// `\xHH`: the control characters U+0000 to U+001F but the tab, U+007F to U+009F, and bytes of
/// broken UTF-8. Everything else stays as it is. A clean text is handed back without a copy.
std::string printable(std::string text);

}  // namespace unified
