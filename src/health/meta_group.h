#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unified::health {

/// The nodes that keep a cluster's JetStream metadata, as one node sees them.
struct MetaGroup {
  std::size_t size = 0;             ///< how many members there are; 0: not known
  std::vector<std::string> others;  ///< names of the members that are not the node itself
  bool has_leader = false;
};

/// By the JSON of /raftz?acc=$SYS&group=_meta_ (2.10 to 2.15; 2.9 has no such page). `size` is 0 of
/// anything else. Pure.
MetaGroup meta_group(std::string_view raftz);

/// Whether a node whose cluster has a metadata leader (`leader_answers`: it answers requests) is no
/// member of the group. nats-server 2.10.27 does that at a cluster's first start (two of nine
/// starts of three nodes in containers): the first answer of one node to the new leader is lost,
/// and nothing asks for another one until somebody creates something, which can't be done with as
/// many replicas as there are nodes (10005). Such a node has a leader, or has never heard of it.
/// Pure.
bool leaves_us_out(const MetaGroup& group, bool leader_answers);

/// Whether the group has a leader, and every member that it counts is known, the node among them.
/// Pure.
bool is_whole(const MetaGroup& group);

/// For people: what it means, what is done about it. Pure.
std::string left_out_sentence(const MetaGroup& group);

}  // namespace unified::health
