#pragma once
#include <sys/timex.h>

// adjtimex(2), which Swift's view of the C library lacks. Only asks: the clock is left alone.

/// 1 when something keeps the system's clock in step with others, 0 when nothing does, -1 when the system does not say.
static inline int ctimex_is_in_step(void) {
  struct timex state = {0};
  int end = adjtimex(&state);
  if (end < 0) return -1;
  return (state.status & STA_UNSYNC) == 0;
}
