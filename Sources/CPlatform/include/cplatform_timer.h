// A timer that an epoll loop can wait on with a finer grain than its own millisecond timeout.
#ifndef CPLATFORM_TIMER_H
#define CPLATFORM_TIMER_H

#include <stdint.h>

/// A non-blocking timerfd on the monotonic clock, not armed. Returns a descriptor, or -1 with errno set.
int cplatform_timer(void);

/// Arms a timer to expire once, at `at_ns` of the monotonic clock (at least 1; a past time expires at once). Returns 0,
/// or -1 with errno set.
int cplatform_timer_arm(int timer, uint64_t at_ns);

#endif
