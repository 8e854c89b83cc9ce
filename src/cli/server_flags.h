#pragma once

#include <map>
#include <string>
#include <vector>

namespace unified::cli {

/// What a variable was given by which of nats-server's flags.
struct FlagValue {
  std::string text;
  std::string flag;  ///< as typed, for messages
};

/// A command line after nats-server's own flags were taken out of it.
struct ServerFlags {
  std::vector<std::string> arguments;          ///< what is left, its name first
  std::map<std::string, FlagValue> variables;  ///< what the flags say, by variable
  std::string error;  ///< not empty: why nothing is run, and what to do instead
};

/// Images of nats-server are started with its flags (`command: ["-js", "-m", "8222"]`, the same
/// behind `nats-server`, or behind `run --`). nats.conf is ours, so those that a variable exists
/// for become settings; those that would duplicate or blind us, two that contradict each other, and
/// secrets (arguments are everybody's to read) are refused by name. Behind `--` the rest is
/// nats-server's. Other commands' lines stay as they are. Flags of 2.9 to 2.15. Pure.
ServerFlags take_server_flags(const std::vector<std::string>& argv);

}  // namespace unified::cli
