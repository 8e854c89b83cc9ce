#include "jetstream/export.h"

#include <utility>

#include "jetstream/export_forms.h"

namespace unified::jetstream {
namespace {

std::string as_comments(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) {
    text += "# ";
    for (const char c : note)
      text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    text += '\n';
  }
  return text;
}

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view text) {
  if (text == "yaml")
    return ExportFormat::kOwn;
  if (text == "natscli")
    return ExportFormat::kNatscli;
  if (text == "nack")
    return ExportFormat::kNack;
  return std::nullopt;
}

Exported export_manifest(const std::vector<StreamState>& streams,
                         const std::vector<ConsumerState>& consumers,
                         ExportFormat format) {
  ExportObjects objects = exportable(streams, consumers);
  Exported result;
  if (format == ExportFormat::kNatscli) {
    result.text = export_natscli(objects);
    result.notes = std::move(objects.notes);
    return result;
  }
  const std::string text =
      format == ExportFormat::kNack ? export_nack(objects) : export_own(objects);
  result.text = as_comments(objects.notes) + text;
  result.notes = std::move(objects.notes);
  return result;
}

}  // namespace unified::jetstream
