#pragma once

#include <string>

#include "config/settings.h"

namespace unified::config {

/// env/.env.unified: every variable with help, type and default; the names that people know from
/// the old file are plain assignments of the default, the others are commented out.
std::string to_template();

/// The table as Markdown.
std::string to_markdown();

/// For `config`: one line a variable, `NAME=value  # origin`, in groups; secrets as `***`.
std::string to_text(const Settings& settings);

}  // namespace unified::config
