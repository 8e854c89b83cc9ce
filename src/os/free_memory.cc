#include "os/free_memory.h"

#include <malloc.h>

namespace unified::os {

void return_free_memory() {
  static_cast<void>(malloc_trim(0));  // whether there was any
}

}  // namespace unified::os
