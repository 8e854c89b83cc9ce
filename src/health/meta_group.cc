#include "health/meta_group.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace unified::health {

using nlohmann::json;

MetaGroup meta_group(std::string_view raftz) {
  const json accounts = json::parse(raftz, nullptr, false);
  const json::json_pointer path{"/$SYS/_meta_"};
  if (!accounts.is_object() || !accounts.contains(path) || !accounts.at(path).is_object())
    return {};
  const json& group = accounts.at(path);
  const auto size = group.find("size");
  const auto peers = group.find("peers");
  if (size == group.end() || !size->is_number_unsigned())
    return {};
  MetaGroup found{.size = size->get<std::size_t>(), .others = {}, .has_leader = false};
  // A node that knows no leader leaves the field out.
  if (const auto leader = group.find("leader"); leader != group.end()) {
    if (!leader->is_string())
      return {};
    found.has_leader = !leader->get_ref<const std::string&>().empty();
  }
  if (peers == group.end() || !peers->is_object())
    return found;  // a group of one has none
  for (const auto& [id, peer] : peers->items()) {
    // The page also lists nodes that have not become members yet.
    if (!peer.is_object() || peer.value("known", json{}) != json(true))
      continue;
    const json name = peer.value("name", json{});
    found.others.push_back(name.is_string() ? name.get<std::string>() : id);
  }
  return found;
}

bool leaves_us_out(const MetaGroup& group, bool leader_answers) {
  if (group.size == 0 || !leader_answers)
    return false;
  return !group.has_leader || group.others.size() >= group.size;
}

bool is_whole(const MetaGroup& group) {
  return group.has_leader && group.others.size() + 1 == group.size;
}

std::string left_out_sentence(const MetaGroup& group) {
  const std::string members = group.others.empty()
                                  ? "its leader is unknown here"
                                  : fmt::format("members: {}", fmt::join(group.others, ", "));
  return fmt::format(
      "nats-server was left out when the nodes of its cluster formed their metadata group ({}): no "
      "stream can be placed on this node",
      members);
}

}  // namespace unified::health
