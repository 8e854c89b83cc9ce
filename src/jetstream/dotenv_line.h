#pragma once

#include <string>
#include <string_view>

namespace unified::jetstream {

/// An assignment of a dotenv file whose value is read back exactly (config/dotenv.h).
std::string dotenv_line(std::string_view name, std::string_view value);

}  // namespace unified::jetstream
