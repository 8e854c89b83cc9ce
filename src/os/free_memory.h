#pragma once

namespace unified::os {

/// Gives memory that was freed back to the kernel. After work that needs much of it for a moment (a
/// manifest or a list of a thousand streams), since malloc keeps what it once had. Any thread.
void return_free_memory();

}  // namespace unified::os
