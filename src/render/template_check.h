#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "render/view.h"

namespace unified::render {

/// Whether every tag of the mustache text is one that the view can fill as it stands (view.h says
/// which tag fits which value), also in sections that are off. Partials and changed delimiters are
/// errors: nothing may be hidden from this check. The first error is returned, with its line.
Result<void> check_template(std::string_view tmpl, const View& view);

/// Mustache's "standalone" rule, which kainjow keeps only for sections that are on: a line with
/// nothing but one section tag or comment leaves no empty line behind.
std::string without_tag_lines(std::string_view tmpl);

}  // namespace unified::render
