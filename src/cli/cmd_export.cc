#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/absolute_paths.h"
#include "cli/configuration.h"
#include "cli/context.h"
#include "cli/declared.h"
#include "cli/remote_options.h"
#include "cli/target.h"
#include "cli/terminal.h"
#include "jetstream/api.h"
#include "jetstream/bucket_streams.h"
#include "jetstream/consumer_list.h"
#include "jetstream/export.h"

namespace unified::cli {
namespace {

struct ExportOptions {
  std::vector<std::string> names;
  std::string format = "yaml";
};

/// A bucket goes by its own name, too.
bool is_called(const std::string& stream, const std::string& name) {
  return stream == name || jetstream::kv_bucket_of(stream) == name ||
         jetstream::object_store_of(stream) == name;
}

/// The streams that were asked for; else the first name that none has.
Result<std::vector<jetstream::StreamState>, std::string> chosen(
    std::vector<jetstream::StreamState> streams, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (std::ranges::none_of(streams,
                             [&](const auto& stream) { return is_called(stream.name, name); }))
      return name;
  std::erase_if(streams, [&](const auto& stream) {
    return !names.empty() && std::ranges::none_of(names, [&](const std::string& name) {
      return is_called(stream.name, name);
    });
  });
  return streams;
}

/// Of all these streams; each name of `unreachable` is one for people.
jetstream::ApiResult<jetstream::ConsumerList> consumers_of(
    const Target& target, const std::vector<jetstream::StreamState>& streams) {
  std::vector<std::string> names;
  for (const jetstream::StreamState& stream : streams)
    if (stream.consumers > 0)
      names.push_back(stream.name);
  jetstream::ConsumerList all;
  const auto lists = jetstream::list_consumers(*target.port, names, target.timeout);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!lists[i])
      return lists[i].error();
    std::ranges::copy(lists[i]->consumers, std::back_inserter(all.consumers));
    for (const jetstream::UnreachableConsumer& one : lists[i]->unreachable)
      all.unreachable.push_back({fmt::format("{} of stream {}", one.name, names[i]), one.why});
  }
  return all;
}

int export_streams(const Context& context, const ExportOptions& options) {
  const auto format = jetstream::parse_export_format(options.format);
  auto loaded = load_configuration(context, os::environment_snapshot());
  if (!loaded || !format)
    return kExitConfiguration;
  app::make_paths_absolute(loaded->settings);
  const auto target = open_target(context, loaded->settings, "export");
  if (!target)
    return fail(false, kExitUnavailable, target.error().message);
  auto list = jetstream::Api{*target->port, target->timeout}.list_streams();
  if (!list)
    return fail(false, kExitUnavailable, list.error().message);
  const auto streams = chosen(std::move(list->streams), options.names);
  if (!streams)
    return fail(false, kExitCheckFailed,
                fmt::format("stream {} does not exist at {}", streams.error(), target->where));
  const auto consumers = consumers_of(*target, *streams);
  if (!consumers)
    return fail(false, kExitUnavailable, consumers.error().message);
  const jetstream::Exported exported = export_manifest(*streams, consumers->consumers, *format);
  fmt::print("{}", exported.text);
  for (const std::string& note : exported.notes)
    fmt::print(stderr, "warning: {}\n", note);
  for (const std::string& name : list->unreachable)
    fmt::print(stderr, "error: the server can't describe stream {} now: it is missing here\n",
               name);
  for (const jetstream::UnreachableConsumer& one : consumers->unreachable)
    fmt::print(stderr, "error: consumer {} can't be described now, it is missing here: {}\n",
               one.name, one.why);
  const bool whole = list->unreachable.empty() && consumers->unreachable.empty();
  return whole ? kExitOk : kExitCheckFailed;
}

}  // namespace

void add_export(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "export",
      "The server's streams, durable consumers, KV buckets and object stores as a manifest (exit "
      "0; 1 no such stream, or one or a consumer that the server can't describe; 69 no server; 78 "
      "configuration wrong)");
  command->footer(
      "Asks the running supervisor, or the server that --nats-url or NATS_URL names. What a form "
      "can't say is told\non stderr, and in YAML as comments at the top. natscli prints a list; "
      "the "
      "nats CLI reads one object a file\n(a single one is printed alone): `… | jq -c '.[]'`.\n"
      "Examples:\n"
      "  unified_entrypoint export > streams.yaml\n"
      "  unified_entrypoint export ORDERS --format natscli\n"
      "  unified_entrypoint export --format nack --nats-url nats://user:password@broker:4222");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("NAME", options->names, "Only these streams or buckets");
  command->add_option("--format", options->format, "yaml (ours, the default), natscli or nack")
      ->check(CLI::IsMember({"yaml", "natscli", "nack"}))
      ->type_name("FORM");
  add_remote_options(*command, context);
  add_configuration_options(*command, context);
  command->callback([&context, options] { context.exit_code = export_streams(context, *options); });
}

}  // namespace unified::cli
