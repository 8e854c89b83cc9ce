#pragma once

#include <string>

#include "jetstream/export_objects.h"

namespace unified::jetstream {

// One per form; what it can't say is added to the notes.
std::string export_own(const ExportObjects& objects);
std::string export_natscli(ExportObjects& objects);
std::string export_nack(ExportObjects& objects);

/// A value of the field as a form writes it: durations with `show_duration`, texts through
/// `show_text`; everything else as the API has it.
using ShowText = std::string (*)(std::string_view text);
nlohmann::ordered_json written_value(const Field& field,
                                     const nlohmann::json& value,
                                     ShowText show_text);

}  // namespace unified::jetstream
