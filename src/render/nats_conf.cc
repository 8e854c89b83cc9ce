#include "render/nats_conf.h"

#include <string>
#include <variant>
#include <vector>

#include <embedded/nats_conf_template.h>
#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include "render/quote.h"
#include "render/settings_view.h"
#include "render/template_check.h"
#include "render/view.h"

namespace unified::render {
namespace {

namespace mustache = kainjow::mustache;

/// In front of every text given to mustache; only the escape takes it off. One that reaches the
/// output shows that a text went around the quoting, whatever check_template() may have overlooked
/// (quoted text holds no control bytes).
constexpr char kUnquoted = '\x01';

mustache::data to_data(const std::string& text) {
  return mustache::data{kUnquoted + text};
}
mustache::data to_data(const Literal& literal) {
  return mustache::data{literal.text()};
}
mustache::data to_data(Flag flag) {
  return mustache::data{flag.on};
}
template <typename Element>
mustache::data to_data(const std::vector<Element>& elements) {
  mustache::data list{mustache::data::type::list};
  for (const Element& element : elements)
    list.push_back(to_data(element));
  return list;
}

mustache::data to_data(const View& view) {
  mustache::data object;
  for (const auto& [name, value] : view)
    object.set(name, std::visit([](const auto& inner) { return to_data(inner); }, value));
  return object;
}

std::string escape(const std::string& marked) {
  return marked.starts_with(kUnquoted) ? quote(std::string_view{marked}.substr(1)) : quote(marked);
}

Result<std::string> fill(std::string_view tmpl, const View& view) {
  mustache::mustache parsed{without_tag_lines(tmpl)};
  parsed.set_custom_escape(escape);
  if (!parsed.is_valid())
    return Error{"cannot read the template: " + parsed.error_message()};
  std::string text = parsed.render(to_data(view));
  if (!parsed.is_valid())
    return Error{"cannot fill the template: " + parsed.error_message()};
  if (text.find(kUnquoted) != std::string::npos)
    return Error{"cannot use the template: it has a text without quotes, or a byte 0x01"};
  return text;
}

}  // namespace

Result<std::string> nats_conf(const config::Settings& settings,
                              ServerVersion version,
                              const InternalUser& internal,
                              std::string_view tmpl) {
  const auto view = settings_view(settings, version, internal);
  if (!view)
    return view.error();
  if (auto checked = check_template(tmpl, *view); !checked)
    return checked.error();
  auto body = fill(tmpl, *view);
  if (!body)
    return body.error();
  return fmt::format("{}\n{}", kMarker, *body);
}

std::string_view default_template() {
  return embedded::nats_conf_template;
}

}  // namespace unified::render
