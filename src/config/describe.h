#pragma once

#include <string>

#include "config/settings.h"
#include "config/variables.h"

namespace unified::config {

/// env/.env.unified: every variable with help, type and default; the names that people know from
/// the old file are plain assignments of the default, the others are commented out.
std::string to_template();

/// What follows the help of a variable in a .env: ` (port; secret; reloadable)`; nothing for what
/// only others read.
std::string notes_on(const Variable& variable);

/// The table as Markdown.
std::string to_markdown();

/// For `config`: one line a variable, `NAME=value  # origin`, in groups; secrets as `***`.
std::string to_text(const Settings& settings);

}  // namespace unified::config
