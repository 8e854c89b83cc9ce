#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace unified::config {

// Each says what is wrong with the text and what would be accepted, or nothing if it is right.

/// server_name and cluster name: visible, without spaces, quotes and backslashes (2.15 refuses
/// spaces, facts §5).
std::optional<std::string> name_fault(std::string_view text);

/// JetStream domain, metrics prefix: also no dots and wildcards, it is one token of a subject.
std::optional<std::string> domain_fault(std::string_view text);

/// `[A-Za-z0-9_-]{1,255}`: what every server version and file system takes (facts §3).
std::optional<std::string> stream_name_fault(std::string_view text);

/// One subject that a stream may capture (facts §3).
std::optional<std::string> subject_fault(std::string_view subject);

/// An IPv4 or IPv6 address or a host name.
std::optional<std::string> address_fault(std::string_view text);

/// `host` or `host:port`; an IPv6 address in brackets when a port follows.
std::optional<std::string> host_port_fault(std::string_view text);

bool has_control_characters(std::string_view text);

}  // namespace unified::config
