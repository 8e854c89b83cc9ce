#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "jetstream/made_object.h"

namespace unified::app {

/// Keeps a stream, or a consumer, from being lost to a change of its configuration that is cut off.
///
/// nats-server writes the new configuration over the one of before: meta.inf first, then meta.sum,
/// its checksum (2.9 to 2.15). When it ends in between, by a kill or because the disk is full, its
/// next start does not load the stream, with all its messages ("checksums do not match"). So a copy
/// of both lies below STORE_DIR/unified-meta/changing while we ask for a change.

/// Copies both files of the object, of every account that has it. To be called before a change is
/// asked for, which is not to be asked for after an error. Nothing to do for an object without
/// files; a copy of what an earlier change has torn stays. It waits for no disk. Blocks. Any
/// thread, like the next one.
Result<void> keep_meta(const std::string& store_dir, const jetstream::MadeObject& object);

/// Removes the copy, unless the change was cut off. To be called when nats-server has answered, and
/// before the next change of the same object. Blocks.
void drop_kept_meta(const std::string& store_dir, const jetstream::MadeObject& object);

/// Puts the files of before back where a change was cut off soon after its copy was made, and
/// removes every copy that is of no more use; returns a line for each object that was put back, or
/// was not although it is torn. An older copy stays for a person: its limits may be of before
/// somebody else's change, and nats-server would delete what exceeds them. Only while no
/// nats-server runs on the store. Blocks.
std::vector<std::string> put_torn_meta_back(const std::string& store_dir);

}  // namespace unified::app
