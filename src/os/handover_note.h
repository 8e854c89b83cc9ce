#pragma once

namespace unified::os {

/// `LOCK,CONTROL,CONF`: descriptors of Handover, for the process that we become.
inline constexpr const char* kHandoverNote = "UNIFIED_HANDOVER";

}  // namespace unified::os
