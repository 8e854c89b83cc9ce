#pragma once

#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "jetstream/fields.h"

namespace unified::jetstream {

/// The fields of a durable consumer, as stream_fields() are those of a stream: reader, plan, export
/// and docs come from it. `filter_subject` is no row of its own: it is read as, and compared with,
/// a `filter_subjects` of one.
std::span<const Field> consumer_fields();
/// Null when the table has no such row.
const Field* find_consumer_field(std::string_view name);

/// The fields of `declared` put into the server's own configuration ({} for a consumer to be
/// created), so that nothing that we don't know falls back to its default: an update replaces the
/// whole. Also for what only a part of the declared fields would make of it.
nlohmann::json overlaid_consumer(const nlohmann::json& actual, const nlohmann::json& declared);

/// `config[field]` by meaning, whoever wrote it. `config` must be whole, as many a default hangs on
/// another field: without acknowledgements nothing is waited for, backoff replaces ack_wait, only
/// pull consumers have max_waiting. `stream`: the configuration of its stream ({}: not known),
/// whose consumer_limits and replicas are the defaults.
nlohmann::json consumer_value_in(const Field& field,
                                 const nlohmann::json& config,
                                 const nlohmann::json& stream = nlohmann::json::object());

/// What a server must know for a value, as need_of() for a stream: several filters are younger than
/// one, some words of an enum younger than the others.
Need consumer_need(const Field& field, const nlohmann::json& value);

/// A whole configuration in the form for CONSUMER.CREATE that every server understands: a single
/// filter as `filter_subject`, and nothing that is not set but younger than the oldest server.
/// `durable_name` is the caller's.
nlohmann::json consumer_request(const nlohmann::json& config);

}  // namespace unified::jetstream
